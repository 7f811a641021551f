import { grantOf, may, nameOf } from '../catalog/catalog.ts'
import { name, readStatement } from '../engine/engine.queries.ts'
import type { Attacker, Target, World } from '../world.ts'
import type { Attack } from './attack.ts'
import { relationFix } from './fixes.queries.ts'

/** Reads every relation in every context, through the columns the role may read; once where it may read none. */
export function readAttacks(world: World): Attack[] {
  return world.attackers.flatMap((attacker) =>
    world.targets.flatMap((target) => {
      const contexts = may(target.relation, attacker.role, 'SELECT')
        ? attacker.contexts
        : attacker.contexts.slice(0, 1)
      return contexts.map((context): Attack => {
        const from = selectFrom(target, attacker)
        const secret = context.whose === 'none' ? world.patterns.both : world.patterns.b
        return {
          family: target.storage ? 'storage' : 'read',
          also: [
            ...(target.storage ? (['read'] as const) : []),
            ...(context.hostile ? (['context'] as const) : []),
          ],
          object: nameOf(target.relation),
          attacker,
          context,
          verb: 'select',
          judge: 'rows',
          kind: 'read',
          statement: readStatement(from, secret, world.patterns.a),
          shown: from,
          supplied: '',
          title: `${attacker.name} reads rows of another client in ${nameOf(target.relation)}`,
          fix: relationFix(world, target.relation, target.owner?.column),
          compare: context.name === 'own' || context.name === 'none',
        }
      })
    }),
  )
}

/** The query by which an actor reads as much of a relation as it may. */
export function selectFrom({ relation }: Target, { role }: Pick<Attacker, 'role'>): string {
  const columns = grantOf(relation, role).columns.SELECT
  const list = columns.length > 0 ? columns : relation.columns.slice(0, 1).map((column) => column.name)
  const everything = list.length === relation.columns.length
  return `select ${everything ? '*' : list.map((column) => name(column)).join(', ')} from ${name(relation.schema, relation.name)}`
}
