import type { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import type { Reference } from './client-tables.queries.ts'
import { type ClientCatalog, carriesOwner } from './client-tables.ts'
import { copyRowsOut } from './copy.queries.ts'
import { breaksDeferrable, selectDeferrables } from './deferrable.queries.ts'
import { ownerOf, tableName } from './header.ts'
import { type LoadedRows, unfit } from './load-rows.ts'
import { breaksReference, breaksReferenceOfOthers, type Ends, joinSetsOnly } from './restore.queries.ts'
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
 * Checks what triggers check that were at rest: every foreign key around the client's rows, that none of them leads to
 * another client, and constraints that are deferrable. Where rows were replaced, also what others refer to must still be
 * there. Throws BACKUP_UNFIT with the name of the first that is broken.
 */
export async function checkConstraints(
  tx: Database,
  catalog: ClientCatalog,
  clientId: string,
  { replaced }: { replaced: boolean },
): Promise<void> {
  const find = (name: string) => catalog.tables.find((table) => tableName(table) === name)
  for (const reference of catalog.references) {
    const parent = find(tableName({ schema: reference.toSchema, table: reference.toTable }))
    await checkReference(tx, reference, clientId, { child: find(tableName(reference)), parent, replaced })
  }
  await joinSetsOnly(tx, false)
  for (const constraint of await selectDeferrables(tx)) {
    const table = find(tableName(constraint))
    if (table === undefined || !(await breaksDeferrable(tx, constraint, table, clientId))) continue
    throw unfit(`a row of ${tableName(table)} breaks ${constraint.name}`)
  }
}

async function checkReference(
  tx: Database,
  reference: Reference,
  clientId: string,
  { child, parent, replaced }: Ends & { replaced: boolean },
): Promise<void> {
  const parentName = tableName({ schema: reference.toSchema, table: reference.toTable })
  const toRegistry = parentName === 'flows.clients'
  // Each row was written with the id of this client, which is there.
  if (toRegistry && child?.ownerColumn === reference.columns.join()) return
  // What refers to a table that belongs to nobody is looked up in its index: that table may be huge.
  await joinSetsOnly(tx, child !== undefined && parent !== undefined)
  // Rows of before a key that was never validated may break it. Another client may be named, but not what is in it.
  const ends = { child, parent: toRegistry ? undefined : parent }
  const broken = reference.validated && (await breaksReference(tx, reference, clientId, ends))
  if (broken) throw leadsNowhere(reference, parentName, '')
  if (!replaced || child === undefined || parent === undefined) return
  if (toRegistry || carriesOwner(reference, child, parent)) return
  if (await breaksReferenceOfOthers(tx, reference, clientId, child))
    throw leadsNowhere(reference, parentName, " that are not the client's")
}

function leadsNowhere(reference: Reference, parentName: string, whose: string): FlowsError {
  return unfit(
    `rows of ${tableName(reference)}${whose} refer to rows of ${parentName} that are not there (${reference.name})`,
  )
}
