import type { Relation, Routine } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import type { World } from '../world.ts'

/** What a policy compares the tenant column with, in this database. */
export function tenantExpression({
  catalog,
  tenancy,
  found,
}: Pick<World, 'catalog' | 'tenancy' | 'found'>): string {
  if (catalog.routines.some(({ schema, name: f }) => schema === 'flows' && f === 'current_client_id')) {
    return 'flows.current_client_id()'
  }
  const { membership } = tenancy
  if (membership !== undefined && found.claimPaths.length === 0 && found.settings.length === 0) {
    const { schema, name: table } = membership.relation
    return `m.${tenancy.column} from ${schema}.${table} m where m.${membership.user} = auth.uid()`
  }
  const setting = found.settings[0]
  if (setting !== undefined && !found.readsClaims)
    return `nullif(current_setting('${setting}', true), '')::${tenancy.type}`
  return `(nullif(current_setting('request.jwt.claims', true), '')::json -> 'app_metadata' ->> '${tenancy.column}')::${tenancy.type}`
}

/** The canonical floor on a table. */
export function floorFix(
  world: Pick<World, 'catalog' | 'tenancy' | 'found'>,
  relation: Relation,
  column: string,
): string {
  const at = name(relation.schema, relation.name)
  const expression = tenantExpression(world)
  const test = expression.includes(' from ')
    ? `${name(column)} in (select ${expression})`
    : `${name(column)} = (select ${expression})`
  return [
    `alter table ${at} enable row level security, force row level security;`,
    `create policy ${name(`${relation.name}_floor`)} on ${at}`,
    '  as restrictive for all to anon, authenticated',
    `  using (${test})`,
    `  with check (${test});`,
  ].join('\n')
}

/** How to close a relation, by its kind. */
export function relationFix(
  world: Pick<World, 'catalog' | 'tenancy' | 'found'>,
  relation: Relation,
  column: string | undefined,
): string {
  const at = name(relation.schema, relation.name)
  if (relation.kind === 'v') return `alter view ${at} set (security_invoker = true);`
  if (relation.kind === 'm') return `revoke all on ${at} from public, anon, authenticated;`
  if (column === undefined) return `revoke all on ${at} from public, anon, authenticated;`
  return floorFix(world, relation, column)
}

/** How to close a function. */
export function routineFix(routine: Routine): string {
  return `revoke all on ${routine.kind === 'p' ? 'procedure' : 'function'} ${signature(routine)} from public, anon, authenticated;`
}

/** A function's name with the types it takes, as DDL wants it. */
export function signature({ schema, name: f, arguments: inputs }: Routine): string {
  return `${name(schema, f)}(${inputs.map(({ type }) => type).join(', ')})`
}
