import { createHash } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import { ByteLines } from './byte-lines.ts'
import { damaged } from './damaged.ts'
import {
  copyLine,
  ending,
  firstLine,
  headerMark,
  type Manifest,
  magic,
  manifestLine,
  preamble,
  type TableDigest,
} from './format.ts'
import { type BackupHeader, type BackupTable, ownerOf, parseHeader, tableName } from './header.ts'

/** What reading a backup found, all of it checked. */
export type ReadBackup = { header: BackupHeader; manifest: Manifest; bytes: number }

/** Whom to hand the parts of a backup to, while it is read. Rows not taken are read over. */
export type Visitor = {
  header?(header: BackupHeader): Promise<void>
  rows?(table: BackupTable, header: BackupHeader, chunks: AsyncIterable<Buffer>): Promise<void>
}

const longestLine = 16 * 1024 * 1024

/**
 * Reads the text of a backup, believes nothing and runs nothing: only the lines that this program writes may stand
 * in it, each row must belong to the client, and the digests at the end must be those of what was read. Throws
 * BACKUP_FOREIGN or BACKUP_DAMAGED; the visitor has then seen rows that are not to be trusted.
 */
export async function readBackup(chunks: AsyncIterable<Buffer>, visitor: Visitor = {}): Promise<ReadBackup> {
  const whole = createHash('sha256')
  const text = new ByteLines(chunks, (bytes) => whole.update(bytes))
  try {
    const header = await readOpening(text)
    await visitor.header?.(header)
    const tables: TableDigest[] = []
    for (const table of header.tables) tables.push(await readTable(text, table, header, visitor))
    await expectLine(text, ending)
    const manifest = { tables, digest: whole.copy().digest('hex') }
    const claimed = await text.line(longestLine)
    if (claimed !== manifestLine(manifest)) throw damaged('Its digests are not those of its rows')
    if (!(await text.atEnd())) throw damaged('Something stands after its end')
    return { header, manifest, bytes: text.position }
  } finally {
    await text.close()
  }
}

/** Reads no more than the header. */
export async function readBackupHeader(chunks: AsyncIterable<Buffer>): Promise<BackupHeader> {
  const text = new ByteLines(chunks, () => undefined)
  try {
    return await readOpening(text)
  } finally {
    await text.close()
  }
}

async function readOpening(text: ByteLines): Promise<BackupHeader> {
  const first = await text.line(firstLine.length + 20)
  if (first !== firstLine) throw foreign(first)
  const line = await text.line(longestLine)
  if (line === undefined || !line.startsWith(headerMark)) throw damaged('Its header is missing')
  const header = parseHeader(line.slice(headerMark.length))
  for (const known of preamble) await expectLine(text, known)
  return header
}

async function readTable(
  text: ByteLines,
  table: BackupTable,
  header: BackupHeader,
  visitor: Visitor,
): Promise<TableDigest> {
  await expectLine(text, copyLine(table))
  const digest = createHash('sha256')
  const rows = text.rows(Buffer.from(ownerOf(header, table)), tableName(table), (bytes) =>
    digest.update(bytes),
  )
  if (visitor.rows !== undefined) await visitor.rows(table, header, rows)
  for await (const _ of rows);
  const { schema, table: name } = table
  return { schema, table: name, rows: text.rowsOfTable, sha256: digest.digest('hex') }
}

async function expectLine(text: ByteLines, expected: string): Promise<void> {
  const line = await text.line(longestLine)
  if (line === expected) return
  throw damaged(line === undefined ? 'It ends before its end' : 'A line stands in it that no backup has')
}

function foreign(first: string | undefined): FlowsError {
  return first?.startsWith(magic) === true
    ? new FlowsError('BACKUP_FOREIGN', 'The backup has a format that this program does not know', {
        hint: 'Update flows-db, then try again.',
      })
    : new FlowsError('BACKUP_FOREIGN', 'The file is no backup of flows-db', {
        hint: 'Take a file that backup:create wrote; backup:list shows what there is.',
      })
}
