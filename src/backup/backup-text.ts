import { createHash } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { copyRowsOut } from './copy.queries.ts'
import {
  copyLine,
  ending,
  endOfRows,
  type Manifest,
  manifestLine,
  openingLines,
  type TableDigest,
} from './format.ts'
import { type BackupHeader, type BackupTable, ownerOf, tableName } from './header.ts'

/** A table that is written, and which of its columns need a collation to be ordered. */
export type WrittenTable = { table: BackupTable; textColumns: readonly string[] }

/** Who wants to know how it is going. */
type Progress = (text: string) => void

/**
 * The text of a backup, chunk by chunk, read from the snapshot of a transaction in which `settleText` ran; the
 * generator's result is its manifest. Never more than a chunk is held.
 */
export async function* backupText(
  tx: Database,
  header: BackupHeader,
  written: readonly WrittenTable[],
  progress: Progress,
): AsyncGenerator<Buffer, Manifest> {
  const whole = createHash('sha256')
  const tables: TableDigest[] = []
  const note = (chunk: Buffer) => {
    whole.update(chunk)
    return chunk
  }
  yield note(lines(openingLines(header)))
  for (const { table, textColumns } of written) {
    yield note(lines([copyLine(table)]))
    const digest = createHash('sha256')
    const copying = copyRowsOut(tx, table, ownerOf(header, table), textColumns)
    let step = await copying.next()
    try {
      for (; step.done !== true; step = await copying.next()) {
        digest.update(step.value)
        yield note(step.value)
      }
    } finally {
      // Does nothing at the end; before it, whoever stopped listening must not leave the server sending.
      if (step.done !== true) await copying.return(0)
    }
    const { schema, table: name } = table
    tables.push({ schema, table: name, rows: step.value, sha256: digest.digest('hex') })
    progress(`${tableName(table)}: ${step.value} rows`)
    yield note(lines([endOfRows]))
  }
  yield note(lines([ending]))
  const manifest = { tables, digest: whole.digest('hex') }
  yield lines([manifestLine(manifest)])
  return manifest
}

function lines(texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\n`).join(''))
}
