import type { Database } from '../database/database.ts'
import type { ClientTable } from './client-tables.queries.ts'
import { type ClientCatalog, measuredTables } from './client-tables.ts'
import { tableName } from './header.ts'
import { compareRows, rememberRows } from './what-is-lost.queries.ts'

/** Of a table, how many rows came since the backup and would be gone, and how many changed and would be put back. */
export type LostRows = { table: string; gone: number; changed: number }

/** What a client had, table by table, with the name under which that is remembered. */
export type FormerRows = readonly { table: ClientTable; name: string }[]

/** Restoring leaves them as they are, or counts them anew. */
const untouched: readonly string[] = [
  'flows.audit_events',
  'flows.client_buckets',
  'flows_private.invitation_rates',
  ...measuredTables,
]

/** Remembers what a client has, until the transaction ends. */
export async function rememberClient(
  tx: Database,
  { tables }: ClientCatalog,
  clientId: string,
): Promise<FormerRows> {
  const former = tables
    .filter((table) => !untouched.includes(tableName(table)))
    .map((table, index) => ({ table, name: `former_rows_${index + 1}` }))
  for (const { table, name } of former) await rememberRows(tx, table, name, clientId)
  return former
}

/** Compares what was remembered of a client with what it has now; only tables that differ. */
export async function whatIsLost(
  tx: Database,
  former: FormerRows,
  clientId: string,
): Promise<readonly LostRows[]> {
  const lost: LostRows[] = []
  for (const { table, name } of former) {
    const { gone, changed } = await compareRows(tx, table, name, clientId)
    if (gone + changed > 0) lost.push({ table: tableName(table), gone, changed })
  }
  return lost
}
