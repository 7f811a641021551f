import { createHash } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import { ByteLines } from './byte-lines.ts'
import { cutOff, damaged } from './damaged.ts'
import { readFiles, type TakeFile } from './files.ts'
import {
  beginningOfFiles,
  copyLine,
  ending,
  firstLine,
  headerMark,
  type Manifest,
  magic,
  manifestLine,
  preambleOf,
  type TableDigest,
} from './format.ts'
import { type BackupHeader, parseHeader } from './header.ts'
import { readTable, type TakeRows } from './read-table.ts'

/** What reading a backup found, all of it checked. */
export type ReadBackup = { header: BackupHeader; manifest: Manifest; bytes: number }

/** Whom to hand the parts of a backup to, while it is read. What is not taken is read over. */
export type Visitor = { rows?: TakeRows; file?: TakeFile }

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
    const tables = await readTables(text, header, visitor.rows)
    const files = header.withFiles ? { files: await readFilesPart(text, visitor.file) } : {}
    const manifest = { tables, ...files, digest: whole.copy().digest('hex') }
    const claimed = await text.line(longestLine)
    const expected = manifestLine(manifest)
    if (claimed !== expected) {
      const isCut = expected.startsWith(claimed ?? '')
      throw damaged(isCut ? cutOff : 'Its digests are not those of its rows')
    }
    if (!(await text.atEnd())) throw damaged('Something stands after its end')
    return { header, manifest, bytes: text.position }
  } finally {
    await text.close()
  }
}

/**
 * Reads no more than the rows of a backup that was read before, and sees that they are still the same; what lies
 * behind them may be much. Throws as readBackup does.
 */
export async function readRowsAgain(
  chunks: AsyncIterable<Buffer>,
  before: ReadBackup,
  take: TakeRows,
): Promise<void> {
  const text = new ByteLines(chunks, () => undefined)
  try {
    const header = await readOpening(text)
    if (JSON.stringify(header) !== JSON.stringify(before.header)) throw damaged('It was changed meanwhile')
    const tables = await readTables(text, header, take)
    const digests = (of: readonly TableDigest[]) => of.map(({ rows, sha256 }) => `${rows} ${sha256}`).join()
    if (digests(tables) !== digests(before.manifest.tables)) throw damaged('It was changed meanwhile')
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
  for (const known of preambleOf(header)) await expectLine(text, known)
  return header
}

async function readTables(
  text: ByteLines,
  header: BackupHeader,
  take: TakeRows | undefined,
): Promise<TableDigest[]> {
  const tables: TableDigest[] = []
  for (const table of header.tables) {
    await expectLine(text, copyLine(table))
    tables.push(await readTable(text, table, header, take))
  }
  await expectLine(text, ending)
  return tables
}

async function readFilesPart(text: ByteLines, take: TakeFile | undefined) {
  await expectLine(text, beginningOfFiles)
  return readFiles(text, take)
}

async function expectLine(text: ByteLines, expected: string): Promise<void> {
  const line = await text.line(longestLine)
  if (line === expected) return
  throw damaged(line === undefined ? cutOff : 'A line stands in it that no backup has')
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
