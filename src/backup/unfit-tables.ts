import { FlowsError } from '../base/errors.ts'
import type { ClientTable } from './client-tables.queries.ts'
import { tableName } from './header.ts'

/**
 * Throws BACKUP_TABLE_UNFIT for a table of which a backup could be written but not be put back: better no backup, and
 * known today, than one that fails when it is needed.
 */
export function refuseUnfitTables(tables: readonly ClientTable[]): void {
  const names = tables.map(tableName)
  for (const [index, table] of tables.entries()) {
    const name = tableName(table)
    if (!isOwnerWritten(table)) {
      throw unfitTable(name, `its column ${table.ownerColumn} is generated`, 'Make it an ordinary column.')
    }
    if (table.inherits) {
      const hint = 'Make it a partition, or a table of its own.'
      throw unfitTable(name, 'it inherits from another table of clients, which shows its rows as well', hint)
    }
    if (names.indexOf(name) !== index)
      throw unfitTable(name, 'another one has the same name with its schema', 'Rename one of them.')
  }
}

/** Whether the owner stands in the rows that are copied: a generated column does not. */
export function isOwnerWritten({ columns, ownerColumn }: ClientTable): boolean {
  return columns[0] === ownerColumn
}

function unfitTable(name: string, reason: string, hint: string): FlowsError {
  return new FlowsError('BACKUP_TABLE_UNFIT', `Rows of ${name} could not be put back: ${reason}`, {
    hint: `Nothing was written. ${hint}`,
  })
}
