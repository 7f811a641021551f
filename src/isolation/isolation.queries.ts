import type { Database } from '../database/database.ts'
import { identifier, sql } from '../database/sql.ts'

type TableRow = { schema: string; table: string; ownerColumn: string }

/** Every table with a client_id, and the registry flows.clients, by schema and name. */
export function selectClientOwnedTables(db: Database): Promise<TableRow[]> {
  return db.many(sql`
    select n.nspname::text as schema, c.relname::text as table, a.attname::text as owner_column
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and not a.attisdropped
      and a.attname = case when (n.nspname, c.relname) = ('flows', 'clients') then 'id' else 'client_id' end
    where c.relkind in ('r', 'p') and not c.relispartition
      and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
    order by 1, 2`)
}

/** Rows of one client that the present role sees in a table; undefined where it may not read the table at all. */
export async function countRows(
  tx: Database,
  { schema, table, ownerColumn }: TableRow,
  clientId: string,
): Promise<number | undefined> {
  const { readable } = await tx.one<{ readable: boolean }>(sql`
    select has_schema_privilege(${schema}, 'usage')
      and has_column_privilege(format('%I.%I', ${schema}::text, ${table}::text), ${ownerColumn}, 'select') as readable`)
  if (!readable) return undefined
  const { rows } = await tx.one<{ rows: number }>(sql`
    select count(*) as rows from ${identifier(schema, table)} where ${identifier(ownerColumn)} = ${clientId}::uuid`)
  return rows
}
