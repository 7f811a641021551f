import type { Database } from '../database/database.ts'
import { serverError } from '../database/failures.ts'
import { backupSource } from './backup-source.ts'
import type { ClientTable } from './client-tables.queries.ts'
import { readClientCatalog } from './client-tables.ts'
import { type BackupTable, tableName } from './header.ts'
import { unfit } from './load-rows.ts'
import { readBackupHeader } from './read-backup.ts'
import { type RestoreOptions, restoreBackup } from './restore-backup.ts'
import {
  addPlainColumns,
  createPlainTable,
  type PlainColumn,
  selectPlainTypes,
} from './try-restore.queries.ts'

/** What a trial found. */
export type TriedRestore = {
  /** Tables, and columns as `schema.table.column`, that only the backup's own database has: tried without its constraints. */
  unconstrained: readonly string[]
}

/**
 * Restores a backup into an empty database that is thrown away afterwards. What a project added to its own database,
 * and this one lacks, is made first as the backup describes it, so its rows are taken and read back, but held against no
 * constraint. Throws what restoreBackup does.
 */
export async function tryRestore(
  scratch: Database,
  file: string,
  options: RestoreOptions,
): Promise<TriedRestore> {
  const { tables } = await readBackupHeader(backupSource(file, options))
  const unconstrained = await makePlaces(scratch, tables)
  await restoreBackup(scratch, file, options)
  return { unconstrained }
}

async function makePlaces(scratch: Database, tables: readonly BackupTable[]): Promise<string[]> {
  const known = new Map((await readClientCatalog(scratch)).tables.map((table) => [tableName(table), table]))
  const types = await selectPlainTypes(
    scratch,
    tables.flatMap(({ types = [] }) => types),
  )
  const made: string[] = []
  for (const table of tables) {
    const name = tableName(table)
    if (name === 'storage.buckets') continue
    const there = known.get(name)
    const columns = columnsOf(table, types).filter(({ column }) => !isThere(there, column))
    if (columns.length === 0) continue
    try {
      if (there === undefined) await createPlainTable(scratch, table, columns)
      else await addPlainColumns(scratch, table, columns)
    } catch (error) {
      if (serverError(error) === undefined) throw error
      throw unfit(`no place can be made for ${name}`, error)
    }
    made.push(...(there === undefined ? [name] : columns.map(({ column }) => `${name}.${column}`)))
  }
  return made
}

function isThere(there: ClientTable | undefined, column: string): boolean {
  return there?.columns.includes(column) === true
}

/** Binary rows are of the types that they were written as; as text a row fits columns of text, but for whose it is. */
function columnsOf({ columns, types }: BackupTable, plainTypes: ReadonlyMap<string, string>): PlainColumn[] {
  return columns.map((column, index) => {
    const type = types === undefined ? undefined : plainTypes.get(types[index] ?? '')
    return { column, type: type ?? (index === 0 ? 'pg_catalog.uuid' : 'pg_catalog.text') }
  })
}
