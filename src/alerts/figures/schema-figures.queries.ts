import { clientOwned } from '../../database/client-owned.ts'
import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** How many tables are not held as they should be. */
export type SchemaFigures = { unprotectedTables: number; unauditedTables: number }

/**
 * Counts tables of clients without row-level security, forced, and a restrictive policy for every API role; and tables
 * under audit of which a trigger is gone or off.
 */
export function selectSchemaFigures(db: Database): Promise<SchemaFigures> {
  return db.one(sql`
    select (
      select count(*)::integer
      from (${clientOwned}) t
      join pg_catalog.pg_class c on c.oid = t.oid
      where t.owner_type = 'uuid'::regtype
        and t.schema <> all (array['auth', 'storage', 'realtime', 'vault', 'extensions', 'supabase_functions'])
        and not (c.relrowsecurity and c.relforcerowsecurity and exists (
          select from pg_catalog.pg_policy p
          where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
            and p.polroles @> array['anon', 'authenticated']::regrole[]::oid[]))
    ) as unprotected_tables, (
      select count(*)::integer
      from pg_catalog.pg_proc f
      join pg_catalog.pg_class c on c.relkind in ('r', 'p') and not c.relispartition
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where f.pronamespace = 'flows_private'::regnamespace and f.prorettype = 'trigger'::regtype
        and f.proname = 'audit_' ||
          case when n.nspname in ('flows', 'flows_private') then c.relname else n.nspname || '.' || c.relname end
        and 4 > (
          select count(*) from pg_catalog.pg_trigger t
          where t.tgrelid = c.oid and t.tgfoid = f.oid and t.tgenabled in ('O', 'A'))
    ) as unaudited_tables`)
}
