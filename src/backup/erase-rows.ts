import { createHash } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { letTriggersRest } from './at-rest.ts'
import type { ClientTable } from './client-tables.queries.ts'
import { type ClientCatalog, carriesOwner, isLeftOut, readClientCatalog, tablePart } from './client-tables.ts'
import { settleText } from './copy.queries.ts'
import { copyRowsAway, deleteRowsOf, isReferredTo, lockRows } from './erase.queries.ts'
import { tableName } from './header.ts'
import { isOwnerWritten } from './unfit-tables.ts'

/**
 * How many rows of a table were erased, and the SHA-256 that a plain backup without keys has for them; null where
 * such a backup leaves the table out.
 */
export type ErasedRows = { table: string; rows: number; sha256: string | null }

/** Which tables stay as they are, by name, and whom to tell. */
export type EraseRowsOptions = { kept: readonly string[]; progress?: (text: string) => void }

/**
 * Deletes the rows of a client from every table of the catalogue, children first, with triggers at rest, and gives for
 * each table what was in it. To be called in a transaction that holds the client's row. Throws CLIENT_REFERRED_TO where
 * rows of others would lead nowhere, or BACKUP_ROLE_UNFIT.
 */
export async function eraseRows(
  tx: Database,
  clientId: string,
  { kept, progress = () => undefined }: EraseRowsOptions,
): Promise<ErasedRows[]> {
  await settleText(tx)
  const catalog = await readClientCatalog(tx)
  await refuseOutsideReferences(tx, catalog, clientId)
  await letTriggersRest(tx)
  const erased: ErasedRows[] = []
  for (const table of catalog.tables.toReversed()) {
    const name = tableName(table)
    if (kept.includes(name)) continue
    const gone =
      isLeftOut(table, false) || !isOwnerWritten(table)
        ? { rows: await deleteRowsOf(tx, table, clientId), sha256: null }
        : await digestAway(tx, table, clientId)
    erased.push({ table: name, ...gone })
    progress(`${name}: ${gone.rows} rows`)
  }
  return erased
}

/** Deletes what was written for an erased client by transactions that were open at the time; gives how many rows. */
export async function sweepRows(tx: Database, clientId: string, { kept }: EraseRowsOptions): Promise<number> {
  const { tables } = await readClientCatalog(tx)
  await letTriggersRest(tx)
  let swept = 0
  for (const table of tables.toReversed()) {
    if (!kept.includes(tableName(table))) swept += await deleteRowsOf(tx, table, clientId)
  }
  return swept
}

async function digestAway(
  tx: Database,
  table: ClientTable,
  clientId: string,
): Promise<{ rows: number; sha256: string }> {
  const part = tablePart(table, { withKeys: false, archive: false })
  const digest = createHash('sha256')
  const copying = copyRowsAway(tx, part, clientId, table.textColumns)
  let step = await copying.next()
  for (; step.done !== true; step = await copying.next()) digest.update(step.value)
  return { rows: step.value, sha256: digest.digest('hex') }
}

/** Rows that carry the client's id go with it; any other that refers to one of its rows would be left behind. */
async function refuseOutsideReferences(
  tx: Database,
  { tables, references }: ClientCatalog,
  clientId: string,
): Promise<void> {
  const find = (name: string) => tables.find((table) => tableName(table) === name)
  for (const reference of references) {
    const parent = find(tableName({ schema: reference.toSchema, table: reference.toTable }))
    const name = tableName(reference)
    const child = find(name)
    if (parent === undefined) continue
    if (carriesOwner(reference, child, parent)) continue
    await lockRows(tx, parent, clientId)
    if (await isReferredTo(tx, parent, reference, clientId, child)) {
      throw new FlowsError(
        'CLIENT_REFERRED_TO',
        `Rows of ${name} that are not the client's refer to its rows of ${tableName(parent)}`,
        {
          hint: 'Nothing was changed. Delete them first, or give that table a client_id, so that its rows go with the client.',
        },
      )
    }
  }
}
