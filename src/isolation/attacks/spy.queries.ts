import type { Database } from '../../database/database.ts'
import { may, nameOf, type Relation, type Routine } from '../catalog/catalog.ts'
import { name, quote } from '../engine/engine.queries.ts'
import type { World } from '../world.ts'
import type { Attack } from './attack.ts'
import { relationFix, signature } from './fixes.queries.ts'

/** Queries that somebody would hand to a function that runs what it is given. */
export function spyQuery(world: World): string[] {
  return world.targets
    .filter(({ owner, rowB }) => owner !== null && rowB !== undefined)
    .slice(0, 3)
    .map(({ relation }) => `select string_agg(x::text, ',') from ${nameOf(relation)} x`)
}

/** Makes a cheap function that keeps what it sees of the other client: what a caller's own function in a filter could do. */
export async function createSpy(db: Database, pattern: string): Promise<void> {
  await db.script(`
create function pg_temp.flows_spy(seen anyelement) returns boolean
language plpgsql volatile cost 0.0000001
as $spy$
begin
  if seen::text ~* ${quote(pattern)} then
    perform set_config('flows_prover.seen', left(seen::text, 600), true);
  end if;
  return true;
end
$spy$;`)
}

/** Any caller may plan like this: rows are looked at one by one, the cheapest filter first. */
const filterFirst = { enable_indexscan: 'off', enable_bitmapscan: 'off', enable_indexonlyscan: 'off' }

function spyFix(world: World, relation: Relation, leakproof: readonly Routine[]): string {
  if (relation.kind === 'v')
    return `alter view ${name(relation.schema, relation.name)} set (security_invoker = true, security_barrier = true);`
  if (leakproof.length === 0)
    return relationFix(
      world,
      relation,
      world.targets.find((target) => target.relation === relation)?.owner?.column,
    )
  return leakproof.map((routine) => `alter function ${signature(routine)} not leakproof;`).join('\n')
}

/** Reads every relation with a filter of the caller's own, which must never be shown a row that is not the caller's. */
export function spyAttacks(world: World): Attack[] {
  return world.attackers.flatMap((attacker) => {
    const own = attacker.contexts[0]
    if (own === undefined) return []
    const context = { ...own, settings: { ...own.settings, ...filterFirst } }
    const readable = world.targets.filter(({ relation }) => may(relation, attacker.role, 'SELECT'))
    return readable.flatMap((target): Attack[] => {
      const { relation } = target
      const grant = relation.grants.find(({ role }) => role === attacker.role)
      const columns = grant?.columns.SELECT ?? []
      const at = name(relation.schema, relation.name)
      const leakproof = world.catalog.routines.filter(
        ({ leakproof: marked, isTrigger, callers, arguments: inputs }) =>
          marked && !isTrigger && inputs.length === 1 && callers.includes(attacker.role),
      )
      const filters = [
        columns
          .slice(0, 12)
          .map((column) => `pg_temp.flows_spy(x.${name(column)})`)
          .join(' and '),
        ...leakproof.flatMap((routine) =>
          relation.columns
            .filter(
              ({ name: column, baseType }) =>
                columns.includes(column) && baseType === routine.arguments[0]?.baseType,
            )
            .map(
              ({ name: column }) => `${name(routine.schema, routine.name)}(x.${name(column)}) is not null`,
            ),
        ),
      ]
      return filters.map((filter) => ({
        family: 'leaky-filter',
        object: nameOf(relation),
        attacker,
        context,
        verb: 'select',
        judge: 'rows',
        kind: 'read',
        statement: `with looked as materialized (select count(*) as rows from ${at} x where ${filter})
          select jsonb_build_object('rows', l.rows, 'hash', '', 'own', false,
            'hits', case when coalesce(current_setting('flows_prover.seen', true), '') = '' then 0 else 1 end,
            'sample', current_setting('flows_prover.seen', true)) from looked l`,
        shown: `select count(*) from ${at} x where ${filter}`,
        supplied: '',
        title: `A filter of ${attacker.name} is shown rows of another client in ${nameOf(relation)}`,
        fix: spyFix(world, relation, leakproof),
      }))
    })
  })
}
