import { clientOwned } from '../database/client-owned.ts'
import type { Database } from '../database/database.ts'
import { identifier, sql } from '../database/sql.ts'

type TableRow = { schema: string; table: string; ownerColumn: string }

/** Every table with a client_id, and the registry flows.clients, by schema and name. */
export function selectClientOwnedTables(db: Database): Promise<TableRow[]> {
  return db.many(sql`
    select schema, "table", owner_column
    from (${clientOwned}) owned
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
