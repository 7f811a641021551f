import { checkDomain } from '../clients/client.ts'
import type { Database } from '../database/database.ts'
import { createClientKey } from '../keys/create-client-key.ts'
import { createBucket } from '../storage/create-bucket.ts'
import type { Opening } from './backup-source.ts'
import type { ClientTable } from './client-tables.queries.ts'
import { type ClientCatalog, measuredTables } from './client-tables.ts'
import { drawNumbers, insertClonedClient, insertMapped, mapId, revokePending } from './clone.queries.ts'
import { type BackupTable, tableName } from './header.ts'
import { type LoadedRows, loadRows, rowFailure, unfit } from './load-rows.ts'
import type { ReadBackup } from './read-backup.ts'

/** The client that a copy becomes. */
export type Clone = {
  clientCode: string
  domain: string | null
  /** A random uuid: from it and an old id alone follows the new one. */
  namespace: string
  settings: Readonly<{ masterKey: Buffer; storageBucketPrefix: string }>
}

/** What a copy does not take over: history, keys, and what proves or opens a token. It gets a bucket and a key of its own. */
const ownOnly = [
  'storage.buckets',
  'flows.audit_events',
  'flows.client_buckets',
  'flows_private.client_keys',
  'flows_private.invitation_secrets',
  'flows_private.invitation_rates',
  'flows_private.erasures',
  ...measuredTables,
]

/**
 * Makes a new client of a backup: every id is another one, the same wherever it stands; invitations that were pending
 * are revoked. Gives the new client's id and how many rows it has. Throws BACKUP_UNFIT, CLIENT_DOMAIN_INVALID or
 * BUCKET_TAKEN.
 */
export async function cloneClient(
  tx: Database,
  file: string,
  verified: ReadBackup,
  catalog: ClientCatalog,
  { clientCode, domain, namespace, settings }: Clone,
  options: { opening: Opening; progress: (text: string) => void },
): Promise<LoadedRows & { clientId: string; rows: number }> {
  if (domain !== null) checkDomain(domain)
  const loaded = await loadRows(tx, file, verified, {
    ...options,
    destinationOf: (table) => (ownOnly.includes(tableName(table)) ? 'nowhere' : 'stage'),
  })
  const { header, manifest, stages } = loaded
  const clientId = await mapId(tx, header.clientId, namespace)
  const numbers = await renumber(tx, catalog, stages)
  let rows = 0
  for (const [index, table] of header.tables.entries()) {
    const name = tableName(table)
    const stage = stages.get(name)
    if (stage === undefined) continue
    const expected = manifest.tables[index]?.rows ?? 0
    try {
      if (name === 'flows.clients') {
        await insertClonedClient(tx, table, stage, { id: clientId, clientCode, domain })
      } else {
        const added = await insertMapped(tx, table, stage, {
          mapped: mappedColumns(catalog, table),
          renumbered: renumberedColumns(catalog, table, numbers),
          namespace,
        })
        if (added !== expected) throw unfit(`the database did not take every row of ${name}`)
      }
    } catch (error) {
      throw rowFailure(error, name)
    }
    rows += expected
  }
  await createBucket(tx, { clientId, clientCode, prefix: settings.storageBucketPrefix })
  await createClientKey(tx, { clientId, masterKey: settings.masterKey })
  await revokePending(tx, clientId)
  return { ...loaded, clientId, rows }
}

/** Draws the copy's numbers for keys that are drawn from sequences: the temporary tables with them, by table and column. */
async function renumber(
  tx: Database,
  { tables }: ClientCatalog,
  stages: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const numbers = new Map<string, string>()
  for (const table of tables) {
    const stage = stages.get(tableName(table))
    if (stage === undefined) continue
    for (const { column, sequence } of table.drawn.filter(({ isKey }) => isKey)) {
      const drawn = `numbers_${numbers.size + 1}`
      await drawNumbers(tx, { stage, column, sequence }, drawn)
      numbers.set(`${tableName(table)}.${column}`, drawn)
    }
  }
  return numbers
}

/** The columns of a table that hold such numbers, its own or those that it refers to, and where the new ones are. */
function renumberedColumns(
  { references }: ClientCatalog,
  table: BackupTable,
  numbers: ReadonlyMap<string, string>,
): Map<string, string> {
  const name = tableName(table)
  const own = table.columns.map((column) => [column, `${name}.${column}`] as const)
  const referring = references
    .filter((reference) => tableName(reference) === name)
    .flatMap(({ columns, toSchema, toTable, toColumns }) =>
      columns.map((column, index) => [column, `${toSchema}.${toTable}.${toColumns[index]}`] as const),
    )
  const renumbered = new Map<string, string>()
  for (const [column, key] of [...own, ...referring]) {
    const drawn = numbers.get(key)
    if (drawn !== undefined) renumbered.set(column, drawn)
  }
  return renumbered
}

/**
 * The columns that hold ids of the client's rows: its own id, keys, and what refers to them. An account of a person is
 * the same in every client.
 */
function mappedColumns({ tables, references }: ClientCatalog, table: BackupTable): string[] {
  const name = tableName(table)
  const known = tables.find((other) => tableName(other) === name)
  const isOwned = (schema: string, toTable: string) =>
    tables.some((other) => other.schema === schema && other.table === toTable)
  const own = references.filter((reference) => tableName(reference) === name)
  const inside = own.filter(({ toSchema, toTable }) => isOwned(toSchema, toTable))
  const outside = own.filter(({ toSchema, toTable }) => !isOwned(toSchema, toTable))
  const ids = new Set(idsOf(known))
  // The account of a person, whether a foreign key says so or not; unless it is a row of the client's own.
  ids.delete('user_id')
  for (const { columns } of inside) for (const column of columns) ids.add(column)
  for (const { columns } of outside) for (const column of columns) ids.delete(column)
  return table.columns.filter((column) => ids.has(column) && known?.uuidColumns.includes(column))
}

function idsOf(table: ClientTable | undefined): readonly string[] {
  return table === undefined ? [] : [table.ownerColumn, ...table.primaryKey]
}
