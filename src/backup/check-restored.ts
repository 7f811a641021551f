import type { Database } from '../database/database.ts'
import type { ClientCatalog } from './client-tables.ts'
import { copyRowsOut } from './copy.queries.ts'
import { ownerOf, tableName } from './header.ts'
import { type LoadedRows, unfit } from './load-rows.ts'
import { breaksReference, joinSetsOnly } from './restore.queries.ts'
import { RowSum } from './row-sum.ts'

/**
 * Reads tables back and compares them with what was written, by the sums of their rows; throws BACKUP_UNFIT where they
 * differ.
 */
export async function checkRows(tx: Database, { header, sums }: LoadedRows): Promise<void> {
  for (const table of header.tables) {
    const name = tableName(table)
    const written = sums.get(name)
    if (written === undefined) continue
    const found = new RowSum(header, table)
    for await (const chunk of copyRowsOut(tx, table, ownerOf(header, table))) found.take(chunk)
    if (!found.equals(written)) throw unfit(`${name} came out otherwise than it went in`)
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
