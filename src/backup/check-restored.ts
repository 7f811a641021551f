import { createHash } from 'node:crypto'
import type { Database } from '../database/database.ts'
import type { ClientCatalog } from './client-tables.ts'
import { copyRowsOut } from './copy.queries.ts'
import { ownerOf, tableName } from './header.ts'
import { unfit } from './load-rows.ts'
import type { ReadBackup } from './read-backup.ts'
import { breaksReference, joinSetsOnly } from './restore.queries.ts'

/** Reads tables back and compares them with the digests of the backup; throws BACKUP_UNFIT where they differ. */
export async function checkDigests(
  tx: Database,
  { header, manifest }: ReadBackup,
  catalog: ClientCatalog,
  wanted: (name: string) => boolean,
): Promise<void> {
  for (const [index, table] of header.tables.entries()) {
    const name = tableName(table)
    if (!wanted(name)) continue
    const textColumns = catalog.tables.find((known) => tableName(known) === name)?.textColumns ?? []
    const digest = createHash('sha256')
    for await (const chunk of copyRowsOut(tx, table, ownerOf(header, table), textColumns))
      digest.update(chunk)
    if (digest.digest('hex') !== manifest.tables[index]?.sha256)
      throw unfit(`${name} came out otherwise than it went in`)
  }
}

/**
 * Checks every foreign key around the client's rows, and that none of them leads to another client; throws
 * BACKUP_UNFIT with the name of the first that is broken.
 */
export async function checkReferences(
  tx: Database,
  { tables, references }: ClientCatalog,
  clientId: string,
): Promise<void> {
  const find = (name: string) => tables.find((table) => tableName(table) === name)
  for (const reference of references) {
    const parentName = tableName({ schema: reference.toSchema, table: reference.toTable })
    const child = find(tableName(reference))
    // Each row was written with the id of this client, which is there.
    if (parentName === 'flows.clients' && child?.ownerColumn === reference.columns.join()) continue
    const parent = find(parentName)
    // What refers to a table that belongs to nobody is looked up in its index: that table may be huge.
    await joinSetsOnly(tx, child !== undefined && parent !== undefined)
    if (await breaksReference(tx, reference, clientId, { child, parent })) {
      throw unfit(
        `rows of ${tableName(reference)} refer to rows of ${parentName} that are not there (${reference.name})`,
      )
    }
  }
  await joinSetsOnly(tx, false)
}
