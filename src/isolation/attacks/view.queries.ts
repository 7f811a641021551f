import { grantOf, nameOf, type Relation } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import type { Attacker, Target, World } from '../world.ts'
import type { Attack } from './attack.ts'
import { literalOf, quietColumn } from './columns.queries.ts'
import { relationFix } from './fixes.queries.ts'
import { touchedBy } from './write.ts'

/** Writes through views that pass them on, by themselves or by rules and triggers. */
export function viewAttacks(world: World): Attack[] {
  const views = world.targets.filter(({ relation }) => relation.kind === 'v' && relation.writable.length > 0)
  return world.attackers.flatMap((attacker) =>
    views.flatMap((view) =>
      attacker.contexts.flatMap((context) =>
        shotsThrough(world, view.relation, attacker).map(
          ({ verb, statement }): Attack => ({
            family: 'view-write',
            also: [
              verb,
              ...(view.relation.rules.length > 0 ? (['rule'] as const) : []),
              ...(context.hostile ? (['context'] as const) : []),
            ],
            object: nameOf(view.relation),
            attacker,
            context,
            verb,
            judge: 'change',
            kind: 'write',
            statement,
            shown: statement,
            touches: touchedBy(world, view.relation),
            supplied: statement,
            title: `Rows of another client can be written through the view ${nameOf(view.relation)}`,
            fix: relationFix(world, view.relation, undefined),
          }),
        ),
      ),
    ),
  )
}

function shotsThrough(
  world: World,
  view: Relation,
  attacker: Attacker,
): { verb: 'insert' | 'update' | 'delete'; statement: string }[] {
  const grant = grantOf(view, attacker.role)
  const at = name(view.schema, view.name)
  const base = beneath(world, view)
  const shots: { verb: 'insert' | 'update' | 'delete'; statement: string }[] = []
  if (view.writable.includes('DELETE') && grant.privileges.includes('DELETE'))
    shots.push({ verb: 'delete', statement: `delete from ${at}` })
  if (base === undefined) return shots
  if (view.writable.includes('UPDATE') && grant.columns.UPDATE.length > 0) {
    const shared = grant.columns.UPDATE.filter((column) =>
      base.relation.columns.some((each) => each.name === column),
    )
    const quiet =
      quietColumn(base.relation, shared)?.name ?? shared.find((column) => column !== base.owner?.column)
    if (quiet !== undefined)
      shots.push({
        verb: 'update',
        statement: `update ${at} set ${name(quiet)} = ${literalOf(base.relation, quiet, base.rowA?.[quiet])}`,
      })
    const tenant = base.owner?.column ?? ''
    if (shared.includes(tenant) && !base.registry)
      shots.push({
        verb: 'update',
        statement: `update ${at} set ${name(tenant)} = ${literalOf(base.relation, tenant, base.rowB?.[tenant])}`,
      })
  }
  if (view.writable.includes('INSERT') && grant.columns.INSERT.length > 0 && !base.registry) {
    const insert = (row: Iterable<[string, string]>) => {
      const values = [...row].filter(([column]) => grant.columns.INSERT.includes(column))
      if (values.length === 0) return
      shots.push({
        verb: 'insert',
        statement: `insert into ${at} (${values.map(([column]) => name(column)).join(', ')}) values (${values.map(([, value]) => value).join(', ')})`,
      })
    }
    insert(world.fresh(base.relation, 'b', 21))
    // A trigger instead of the insert may take the row for one to be changed.
    if (view.triggers.length > 0) {
      const known = Object.entries(base.rowB ?? {})
      insert(
        known.map(([column, value]): [string, string] => [column, literalOf(base.relation, column, value)]),
      )
    }
  }
  return shots
}

/** The client-owned table that a view shows most of. */
function beneath(world: World, view: Relation): Target | undefined {
  const seen = new Set<number>()
  const visit = (relation: Relation): Target[] =>
    relation.reads.flatMap((oid) => {
      if (seen.has(oid)) return []
      seen.add(oid)
      const target = world.targets.find((each) => each.relation.oid === oid)
      if (target === undefined) return []
      return target.owner !== null && target.rowB !== undefined ? [target] : visit(target.relation)
    })
  const shared = ({ relation }: Target) =>
    relation.columns.filter(({ name: column }) => view.columns.some((each) => each.name === column)).length
  return visit(view).sort((x, y) => shared(y) - shared(x))[0]
}
