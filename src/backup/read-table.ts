import { createHash } from 'node:crypto'
import { BinaryRows } from './binary-rows.ts'
import type { ByteLines } from './byte-lines.ts'
import type { TableDigest } from './format.ts'
import { type BackupHeader, type BackupTable, ownerBytes, tableName } from './header.ts'

/** Takes the rows of a table while they are read. */
export type TakeRows = (
  table: BackupTable,
  header: BackupHeader,
  chunks: AsyncIterable<Buffer>,
) => Promise<void>

/**
 * Reads the rows of a table after the line that begins them, hands them to `take` if there is one, and gives how many
 * there were and their digest. Throws BACKUP_DAMAGED where one is not the client's.
 */
export async function readTable(
  text: ByteLines,
  table: BackupTable,
  header: BackupHeader,
  take: TakeRows | undefined,
): Promise<TableDigest> {
  const digest = createHash('sha256')
  const binary = new BinaryRows(ownerBytes(header, table), table.columns.length, tableName(table))
  const rows =
    table.types === undefined
      ? text.rows(ownerBytes(header, table), tableName(table), (bytes) => digest.update(bytes))
      : followed(text, binary, (bytes) => digest.update(bytes))
  if (take !== undefined) await take(table, header, rows)
  for await (const _ of rows);
  const count = table.types === undefined ? text.rowsOfTable : binary.count
  return { schema: table.schema, table: table.table, rows: count, sha256: digest.digest('hex') }
}

async function* followed(
  text: ByteLines,
  rows: BinaryRows,
  note: (bytes: Buffer) => void,
): AsyncGenerator<Buffer, void> {
  for await (const piece of text.pieces()) {
    rows.take(piece)
    note(piece)
    yield piece
  }
  rows.end()
}
