import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/**
 * Materialized views with rows in them that read from any of these tables: themselves, through other views or through
 * functions whose bodies the catalogue knows. Each is quoted for a statement and comes after what it reads from.
 */
export async function selectStoredViews(
  db: Database,
  tables: readonly { schema: string; table: string }[],
): Promise<string[]> {
  const schemas = tables.map(({ schema }) => schema)
  const names = tables.map(({ table }) => table)
  const views = await db.many<{ name: string }>(sql`
    with recursive reading (class, oid) as (
      select 'pg_catalog.pg_class'::pg_catalog.regclass::oid, c.oid
      from unnest(${schemas}::text[], ${names}::text[]) as t (schema, name)
      join pg_catalog.pg_namespace n on n.nspname = t.schema
      join pg_catalog.pg_class r on r.relnamespace = n.oid and r.relname = t.name
      join pg_catalog.pg_class c on r.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
      union
      select case when w.oid is null then d.classid else 'pg_catalog.pg_class'::pg_catalog.regclass::oid end,
        coalesce(w.ev_class, d.objid)
      from reading
      join pg_catalog.pg_depend d on d.refclassid = reading.class and d.refobjid = reading.oid and d.deptype = 'n'
      left join pg_catalog.pg_rewrite w
        on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.oid = d.objid
      where w.oid is not null or d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    )
    select format('%I.%I', n.nspname, c.relname) as name
    from reading
    join pg_catalog.pg_class c on c.oid = reading.oid and c.relkind = 'm' and c.relispopulated
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where reading.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    order by c.oid`)
  return views.map(({ name }) => name)
}
