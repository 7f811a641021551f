import { grantOf, nameOf } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import type { Attacker, Target, World } from '../world.ts'
import { literalOf } from './columns.queries.ts'
import { keyFix } from './references.queries.ts'
import type { Shot } from './shot.ts'

/** Deletes with and without a condition, and what goes with a row of A. */
export function deletions(world: World, target: Target, attacker: Attacker): Shot[] {
  const { relation, owner } = target
  if (owner === null) return []
  const at = name(relation.schema, relation.name)
  const shot = { family: 'delete', verb: 'delete', judge: 'change' } as const
  const aims = grantOf(relation, attacker.role).columns.SELECT.includes(owner.column)
  return [
    ...cascades(world, target, aims),
    {
      ...shot,
      statement: `delete from ${at}`,
      title: `A delete without a condition reaches rows of another client in ${nameOf(relation)}`,
    },
    ...(aims
      ? [
          {
            ...shot,
            statement: `delete from ${at} where ${owner.ofB}`,
            title: `A delete reaches rows of another client in ${nameOf(relation)}`,
          },
        ]
      : []),
  ]
}

/**
 * Rows of B that hang on a row of A, and go with it. Where clients write the referring table themselves, its policies
 * are tried instead; where only the operator does, nothing but the foreign key could keep the two apart.
 */
function cascades(world: World, { relation, owner, rowA, registry }: Target, aims: boolean): Shot[] {
  if (owner === null || registry) return []
  return world.targets.flatMap((child) =>
    child.relation.constraints.flatMap((key): Shot[] => {
      if (key.kind !== 'f' || key.target !== relation.oid || !'cnd'.includes(key.onDelete)) return []
      if (child.owner === null || child.rowB === undefined || key.columns.includes(child.owner.column))
        return []
      const written = world.attackers.some(({ role }) =>
        key.columns.some((column) => {
          const { columns } = grantOf(child.relation, role)
          return columns.INSERT.includes(column) || columns.UPDATE.includes(column)
        }),
      )
      if (written) return []
      const list = key.columns.map(
        (column, index) =>
          `${name(column)} = ${literalOf(child.relation, column, rowA?.[key.targetColumns[index] ?? ''])}`,
      )
      return [
        {
          family: 'foreign-key',
          verb: 'delete',
          judge: 'change',
          prepare: [
            `update ${name(child.relation.schema, child.relation.name)} set ${list.join(', ')} where ${child.owner.ofB}`,
          ],
          statement: `delete from ${name(relation.schema, relation.name)}${aims ? ` where ${owner.ofA}` : ''}`,
          title: `Deleting one's own row of ${nameOf(relation)} reaches rows of another client by ${key.name}`,
          fix: keyFix(world, child.relation, key),
        },
      ]
    }),
  )
}

/** TRUNCATE, which no policy holds. */
export function truncation({ relation }: Target): Shot {
  const at = name(relation.schema, relation.name)
  return {
    family: 'truncate',
    verb: 'truncate',
    judge: 'change',
    statement: `truncate ${at}`,
    title: `TRUNCATE empties ${nameOf(relation)} for every client`,
    fix: `revoke truncate on ${at} from public, anon, authenticated;`,
  }
}
