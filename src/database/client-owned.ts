import { sql } from './sql.ts'

/**
 * Every table whose rows belong to clients, found in the catalogue: those with a client_id, and the registry
 * flows.clients; partitions count as their parent. To be woven into a statement that asks for oid, schema, table,
 * owner_column (the column that says whose row it is) and owner_type.
 */
export const clientOwned = sql`
  select c.oid, n.nspname::text as schema, c.relname::text as table, a.attname::text as owner_column,
    a.atttypid::regtype as owner_type
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and not a.attisdropped
    and a.attname = case when (n.nspname, c.relname) = ('flows', 'clients') then 'id' else 'client_id' end
  where c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`
