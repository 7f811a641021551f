import { nameOf } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import type { World } from '../world.ts'
import type { Attack } from './attack.ts'
import { insertable, literalOf, quietColumn } from './columns.queries.ts'

/** Writes of rows of A, as the prover, on tables with triggers: whatever they set off must not reach B's rows. */
export function triggerAttacks(world: World): Attack[] {
  const touches = world.targets.filter(({ owner }) => owner !== null).map(({ relation }) => relation.oid)
  return world.targets.flatMap((target): Attack[] => {
    const { relation, owner, rowA, rowB, registry, storage } = target
    if (
      owner === null ||
      storage ||
      rowA === undefined ||
      rowB === undefined ||
      relation.triggers.length === 0
    )
      return []
    const at = name(relation.schema, relation.name)
    const quiet = quietColumn(
      relation,
      relation.columns.map((column) => column.name),
    )
    const statements = [
      ...(registry
        ? []
        : [{ verb: 'insert' as const, text: insertable(relation, world.fresh(relation, 'a', 31)) }]),
      ...(quiet === undefined
        ? []
        : [
            {
              verb: 'update' as const,
              text: `update ${at} set ${name(quiet.name)} = ${literalOf(relation, quiet.name, rowA[quiet.name])} where ${owner.ofA}`,
            },
          ]),
    ]
    return statements.map(({ verb, text }) => ({
      family: 'trigger',
      object: nameOf(relation),
      attacker: { name: 'operator', role: world.catalog.prover, standing: null, trusted: true, contexts: [] },
      context: { name: 'own', settings: {}, whose: 'own', hostile: false },
      verb,
      judge: 'change',
      kind: 'write',
      statement: text,
      shown: text,
      touches,
      supplied: text,
      title: `A trigger of ${nameOf(relation)} changes rows of another client`,
      fix: relation.triggers.map((trigger) => `drop trigger ${name(trigger.name)} on ${at};`).join('\n'),
      hidden: true,
    }))
  })
}
