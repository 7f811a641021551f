import { createHash, type Hash } from 'node:crypto'
import { join } from 'node:path'
import { recordAct } from '../audit/record-act.ts'
import { atOneMoment } from '../backup/at-one-moment.ts'
import { writeWhole } from '../backup/write-file.ts'
import { now } from '../base/clock.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { copyField, copyLines } from './copy-lines.ts'
import { copyCsv, copyJson, countRows } from './export.queries.ts'
import { exportReadme } from './export-readme.ts'
import { type ExportedRows, exportedRows } from './exported-tables.ts'
import { type ZipEntry, zipped } from './zip.ts'

/** Where an export goes. */
export type ExportOptions = {
  /** A folder, in which the file is named after the client and the day; made if missing. */
  folder: string
  /** The file itself. */
  file?: string | undefined
  /** Count, and write nothing. */
  dryRun?: boolean
  progress?: (text: string) => void
}

/** A file of an export, with the rows in it and its SHA-256. */
export type ExportedFile = { name: string; rows: number; sha256: string }

/** An export that was written; `file` and `bytes` are null after a dry run. */
export type ExportedClient = {
  file: string | null
  clientCode: string
  snapshotAt: Date
  /** What is in it, by the name of its two files without the ending. */
  parts: { name: string; rows: number }[]
  rows: number
  bytes: number | null
  /** The SHA-256 of the file; the id of its event in the client's trail. */
  sha256: string | null
}

/**
 * Writes all that a client owns in the database into a zip of JSON and CSV files with a README, as it was at one moment,
 * while everybody goes on working; memory does not grow with the data. No key, salt or hash is in it. The
 * client's trail tells of it by counts and digest. `db` connects as the migrating role. Throws CLIENT_NOT_FOUND, BACKUP_FILE_EXISTS or FILE_UNWRITABLE.
 */
export async function exportClient(
  db: Database,
  clientCode: string,
  options: ExportOptions,
): Promise<ExportedClient> {
  const { clientId, ...exported } = await writeExport(db, clientCode, options)
  const { sha256, parts, rows, bytes } = exported
  if (sha256 !== null) {
    const details = { parts: parts.length, rows, bytes }
    await recordAct(db, { clientId, table: 'exports', rowId: sha256, verb: 'insert', details })
  }
  return exported
}

function writeExport(
  db: Database,
  clientCode: string,
  { folder, file, dryRun = false, progress = () => undefined }: ExportOptions,
): Promise<ExportedClient & { clientId: string }> {
  return atOneMoment(db, async (tx, snapshotAt) => {
    const { id: clientId } = await clientByCode(tx, clientCode)
    const all = await exportedRows(tx, clientId)
    const head = { clientCode, snapshotAt, clientId }
    if (dryRun) {
      const parts: ExportedClient['parts'] = []
      for (const { name, rows } of all) parts.push({ name, rows: await countRows(tx, rows) })
      return { ...head, file: null, parts, rows: sumOf(parts), bytes: null, sha256: null }
    }
    const written: ExportedFile[] = []
    const entries = [
      ...all.flatMap((part) => entriesOf(tx, part, written, progress)),
      textEntry('manifest.json', () => `${JSON.stringify({ ...head, files: written }, null, 2)}\n`),
      textEntry('README.md', () => exportReadme({ ...head, parts: all, files: written })),
    ]
    const names = file === undefined ? exportNames(folder, clientCode) : [file]
    const digest = createHash('sha256')
    const { path, bytes } = await writeWhole(names, digesting(zipped(entries, snapshotAt), digest))
    const parts = all.map(({ name }) => ({
      name,
      rows: written.find((each) => each.name === `${name}.csv`)?.rows ?? 0,
    }))
    return { ...head, file: path, parts, rows: sumOf(parts), bytes, sha256: digest.digest('hex') }
  })
}

async function* digesting(chunks: AsyncIterable<Buffer>, digest: Hash): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    digest.update(chunk)
    yield chunk
  }
}

function entriesOf(
  tx: Database,
  { name, rows }: ExportedRows,
  written: ExportedFile[],
  progress: (text: string) => void,
): ZipEntry[] {
  const noted = (fileName: string, chunks: () => AsyncGenerator<Buffer, number>): ZipEntry => ({
    name: fileName,
    content: async function* () {
      const digest = createHash('sha256')
      const through = async function* () {
        const count = yield* chunks()
        written.push({ name: fileName, rows: count, sha256: digest.digest('hex') })
        progress(`${fileName}: ${count} rows`)
      }
      for await (const chunk of through()) {
        digest.update(chunk)
        yield chunk
      }
    },
  })
  return [
    noted(`${name}.json`, () => jsonArray(copyJson(tx, rows))),
    noted(`${name}.csv`, () => copyCsv(tx, rows)),
  ]
}

async function* jsonArray(chunks: AsyncGenerator<Buffer, number>): AsyncGenerator<Buffer, number> {
  const lines = copyLines(chunks)
  let before = '[\n'
  let step = await lines.next()
  try {
    for (; step.done !== true; step = await lines.next()) {
      yield Buffer.from(`${before}${copyField(step.value)}`)
      before = ',\n'
    }
  } finally {
    if (step.done !== true) await lines.return(0)
  }
  yield Buffer.from(before === '[\n' ? '[]\n' : '\n]\n')
  return step.value
}

function textEntry(name: string, text: () => string): ZipEntry {
  return {
    name,
    content: async function* () {
      yield Buffer.from(text())
    },
  }
}

function exportNames(folder: string, clientCode: string): string[] {
  const date = now().toISOString().slice(0, 10)
  return Array.from({ length: 1_000 }, (_, index) =>
    join(folder, `export-${clientCode}-${date}${index === 0 ? '' : `-${index + 1}`}.zip`),
  )
}

function sumOf(parts: readonly { rows: number }[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0)
}
