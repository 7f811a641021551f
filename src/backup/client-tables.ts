import type { Database } from '../database/database.ts'
import {
  type ClientTable,
  type Reference,
  selectClientTables,
  selectReferences,
} from './client-tables.queries.ts'
import { type BackupTable, tableName } from './header.ts'

/** The tables of clients, each after those that it refers to, and the foreign keys around them. */
export type ClientCatalog = { tables: readonly ClientTable[]; references: readonly Reference[] }

/** Reads the catalogue, so that a table made tomorrow is backed up tomorrow. */
export async function readClientCatalog(db: Database): Promise<ClientCatalog> {
  const tables = await selectClientTables(db)
  const references = await selectReferences(db)
  return { tables: parentsFirst(tables, references), references }
}

/** In a ring of tables any order is as good: restoring checks foreign keys at the end. */
function parentsFirst(tables: readonly ClientTable[], references: readonly Reference[]): ClientTable[] {
  const ordered: ClientTable[] = []
  const seen = new Set<ClientTable>()
  const visit = (table: ClientTable) => {
    if (seen.has(table)) return
    seen.add(table)
    for (const reference of references) {
      if (tableName(reference) !== tableName(table)) continue
      const parent = tables.find(
        (other) => other.schema === reference.toSchema && other.table === reference.toTable,
      )
      if (parent !== undefined) visit(parent)
    }
    ordered.push(table)
  }
  for (const table of tables) visit(table)
  return ordered
}

/** Whether a row can only refer to a row of its own client: the foreign key takes the owner along. */
export function carriesOwner(
  { columns, toColumns }: Reference,
  child: ClientTable | undefined,
  parent: ClientTable,
): boolean {
  return child !== undefined && columns[toColumns.indexOf(parent.ownerColumn)] === child.ownerColumn
}

/** Columns that follow from something else, which is not in a backup: what lies in the storage bucket. */
const derived: Readonly<Record<string, readonly string[]>> = {
  'flows.client_buckets': ['object_count', 'object_bytes'],
}

/** What opens personal data, and travels only when that is asked for. */
const secret: Readonly<Record<string, readonly string[]>> = {
  'flows_private.invitation_secrets': ['pii_salt'],
}

/** What was counted and measured: going back does not undo it, and a copy of a client has none of it. */
export const measuredTables: readonly string[] = [
  'flows.api_usage',
  'flows.api_usage_days',
  'flows.api_usage_totals',
  'flows.client_snapshots',
  'flows.invitation_months',
  'flows_private.api_calls',
]

/** Whether the rows of a table are kept out of backups: counts of the present hour, and keys unless asked for. */
export function isLeftOut(table: ClientTable, withKeys: boolean): boolean {
  const name = tableName(table)
  return name === 'flows_private.invitation_rates' || (name === 'flows_private.client_keys' && !withKeys)
}

/**
 * The part of a table that a backup holds. Rows are binary where that is wanted and can be read elsewhere, and then as
 * they lie; as text they are ordered by the primary key.
 */
export function tablePart(
  table: ClientTable,
  { withKeys, archive }: { withKeys: boolean; archive: boolean },
): BackupTable {
  const name = tableName(table)
  const without = [...(derived[name] ?? []), ...(withKeys ? [] : (secret[name] ?? []))]
  const held = table.columns
    .map((column, index) => ({ column, type: table.types[index] ?? '' }))
    .filter(({ column }) => !without.includes(column))
  const part = { schema: table.schema, table: table.table, columns: held.map(({ column }) => column) }
  return archive && table.portable
    ? { ...part, orderedBy: [], types: held.map(({ type }) => type) }
    : { ...part, orderedBy: [...table.primaryKey] }
}
