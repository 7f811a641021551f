import type { Database } from '../../database/database.ts'
import { may, nameOf } from '../catalog/catalog.ts'
import { name, quote } from '../engine/engine.queries.ts'
import type { World } from '../world.ts'
import type { Attack } from './attack.ts'

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
create function pg_temp.flows_spy(seen text) returns boolean
language plpgsql volatile cost 0.0000001
as $spy$
begin
  if seen ~* ${quote(pattern)} then
    perform set_config('flows_prover.seen', left(seen, 600), true);
  end if;
  return true;
end
$spy$;`)
}

/** Reads every relation with a filter of the caller's own, which must never be shown a row that is not the caller's. */
export function spyAttacks(world: World): Attack[] {
  return world.attackers.flatMap((attacker) => {
    const context = attacker.contexts[0]
    if (context === undefined) return []
    const readable = world.targets.filter(({ relation }) => may(relation, attacker.role, 'SELECT'))
    return readable.flatMap((target): Attack[] => {
      const { relation } = target
      const grant = relation.grants.find(({ role }) => role === attacker.role)
      const columns = grant?.columns.SELECT ?? []
      const seen = columns.map((column) => `x.${name(column)}::text`).join(', ')
      const at = name(relation.schema, relation.name)
      const leakproof = world.catalog.routines.filter(
        ({ leakproof: marked, isTrigger, callers, arguments: inputs }) =>
          marked && !isTrigger && inputs.length === 1 && callers.includes(attacker.role),
      )
      const filters = [
        `pg_temp.flows_spy(concat_ws(' ', ${seen}))`,
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
        fix:
          relation.kind === 'v'
            ? `alter view ${at} set (security_invoker = true, security_barrier = true);`
            : leakproof
                .map(
                  (routine) =>
                    `alter function ${name(routine.schema, routine.name)}(${routine.arguments.map(({ type }) => type).join(', ')}) not leakproof;`,
                )
                .join('\n'),
      }))
    })
  })
}
