import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

type Grant = { object: string; privilege: string; columns: string[] }

/** What a role (or public) is granted in the schemas of flows-db: "select on flows.clients (id, status)", sorted. */
export async function grantedTo(db: Database, role: string): Promise<string[]> {
  const grants = await db.many<Grant>(sql`
    with objects (object, column_name, acl) as (
      select format('schema %I', nspname), null, nspacl
      from pg_namespace where nspname like 'flows%'
      union all
      select c.oid::regclass::text, null,
        coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
      from pg_class c
      where c.relnamespace::regnamespace::text like 'flows%' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      union all
      select a.attrelid::regclass::text, a.attname::text, a.attacl
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      where c.relnamespace::regnamespace::text like 'flows%' and not a.attisdropped
      union all
      select p.oid::regprocedure::text, null, coalesce(p.proacl, acldefault('f', p.proowner))
      from pg_proc p
      where p.pronamespace::regnamespace::text like 'flows%'
    )
    select object, lower(privilege_type) as privilege,
      array_remove(array_agg(column_name order by column_name), null) as columns
    from objects, aclexplode(acl)
    where grantee = case ${role} when 'public' then 0 else to_regrole(${role})::oid end
    group by object, privilege_type, column_name is null`)
  return grants
    .map(({ object, privilege, columns }) => {
      const list = columns.length === 0 ? '' : ` (${columns.join(', ')})`
      return `${privilege}${list} on ${object}`
    })
    .sort()
}
