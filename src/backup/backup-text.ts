import { createHash } from 'node:crypto'
import type { Database } from '../database/database.ts'
import type { StorageApi } from '../storage/storage-api.ts'
import { copyRowsOut } from './copy.queries.ts'
import { filesText } from './files.ts'
import {
  beginningOfFiles,
  copyLine,
  ending,
  endOfRows,
  linesOf,
  type Manifest,
  manifestLine,
  openingLines,
  type TableDigest,
} from './format.ts'
import { type BackupHeader, type BackupTable, ownerOf } from './header.ts'
import { piecesOf } from './pieces.ts'

/** A table that is written, and which of its columns need a collation to be ordered. */
export type WrittenTable = { table: BackupTable; textColumns: readonly string[] }

/** Where files come from, and who wants to know how it is going. */
export type TextOptions = {
  storage: StorageApi | undefined
  progress: (text: string) => void
  /** Called when the snapshot is no longer needed. */
  rowsWritten: () => void
}

/**
 * The text of a backup, chunk by chunk, read from the snapshot of a transaction in which `settleText` ran; the
 * generator's result is its manifest. Never more than a chunk is held.
 */
export async function* backupText(
  tx: Database,
  header: BackupHeader,
  written: readonly WrittenTable[],
  { storage, progress, rowsWritten }: TextOptions,
): AsyncGenerator<Buffer, Manifest> {
  const whole = createHash('sha256')
  const tables: TableDigest[] = []
  const note = (chunk: Buffer) => {
    whole.update(chunk)
    return chunk
  }
  yield note(linesOf(openingLines(header)))
  for (const each of written) {
    const table = yield* noted(tableText(tx, header, each), note)
    tables.push(table)
  }
  yield note(linesOf([ending]))
  rowsWritten()
  const files = header.withFiles ? { files: yield* noted(bucketText(header, storage, progress), note) } : {}
  const manifest = { tables, ...files, digest: whole.digest('hex') }
  yield linesOf([manifestLine(manifest)])
  return manifest
}

async function* tableText(
  tx: Database,
  header: BackupHeader,
  { table, textColumns }: WrittenTable,
): AsyncGenerator<Buffer, TableDigest> {
  yield linesOf([copyLine(table)])
  const digest = createHash('sha256')
  let rows = 0
  const copied = async function* () {
    const order = table.types === undefined ? { textColumns } : undefined
    const rowsOut = copyRowsOut(tx, table, ownerOf(header, table), order)
    rows = yield* noted(rowsOut, (chunk) => digest.update(chunk))
  }
  if (table.types === undefined) {
    yield* copied()
    yield linesOf([endOfRows])
  } else yield* piecesOf(copied())
  return { schema: table.schema, table: table.table, rows, sha256: digest.digest('hex') }
}

async function* bucketText(
  { bucketId }: BackupHeader,
  storage: StorageApi | undefined,
  progress: (text: string) => void,
) {
  if (storage === undefined || bucketId === null) throw new Error('A backup with files needs a bucket')
  yield linesOf([beginningOfFiles])
  return yield* filesText(storage, bucketId, progress)
}

/** Does nothing when read to its end; before that, whoever stops listening must not leave the server sending. */
async function* noted<Result>(
  chunks: AsyncGenerator<Buffer, Result>,
  note: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, Result> {
  let step = await chunks.next()
  try {
    for (; step.done !== true; step = await chunks.next()) {
      note(step.value)
      yield step.value
    }
    return step.value
  } finally {
    if (step.done !== true) await chunks.return(undefined as never)
  }
}
