import { type FileHandle, open, readFile, rename, writeFile } from 'node:fs/promises'
import { FlowsError } from '../../base/errors.ts'
import type { MailFault } from '../../clients/mail.ts'

/** An invitation that was issued for a row. */
export type IssuedRow = Readonly<{
  id: string
  invitationCode: string
  expiresAt: Date
  token: string
  url: string
}>

type MailedRow = Readonly<{ id: string; invitationCode: string }>

/** What became of a row, or of the mail for it. Tokens stand here and nowhere else. */
export type RowResult = Readonly<
  { line: number; row: string } & (
    | ({ status: 'issued' } & IssuedRow)
    | { status: 'refused'; reason: string }
    | ({ status: 'sending' | 'sent' } & MailedRow)
    | ({ status: 'failed'; fault: MailFault } & MailedRow)
  )
>

/** A row as the result file knows it again. */
type RowName = Readonly<{ line: number; row: string }>

/** The results of an import, one JSON object a line, readable by its owner only. */
export type ResultFile = Readonly<{
  /** The invitation that was issued for a row before; undefined if none was. */
  issued(row: RowName): IssuedRow | undefined
  /** Whether the link of a row was mailed, or tried to, before. */
  wasMailed(row: RowName): boolean
  /** Adds results and waits until they are on the disk. */
  add(results: readonly RowResult[]): Promise<void>
  close(): Promise<void>
}>

/**
 * Opens the result file of an import, new or to be resumed. Results are written before their transaction ends, so one
 * that was cut off may have left tokens of invitations that do not exist: `known` tells which of the ids do, and the
 * rest is taken out, as is a line that was cut off. Throws FILE_UNWRITABLE.
 */
export async function openResultFile(
  path: string,
  known: (ids: readonly string[]) => Promise<readonly string[]>,
): Promise<ResultFile> {
  try {
    const text = await readIfThere(path)
    const before = text.split('\n').flatMap(readLine)
    const ids = new Set(
      await known(before.flatMap((result) => (result.status === 'issued' ? result.id : []))),
    )
    const kept = before.filter((result) => result.status !== 'refused' && ids.has(result.id))
    const clean = kept.map((result) => `${JSON.stringify(result)}\n`).join('')
    if (clean !== text) {
      await writeFile(`${path}.new`, clean, { mode: 0o600, flush: true })
      await rename(`${path}.new`, path)
    }
    const file = await open(path, 'a', 0o600)
    await file.chmod(0o600)
    return over(file, kept)
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new FlowsError('FILE_UNWRITABLE', `The result file ${path} cannot be written`, {
      hint: 'Choose another with --result <file>.',
      cause,
    })
  }
}

function over(file: FileHandle, kept: readonly RowResult[]): ResultFile {
  const issued = new Map(
    kept.flatMap((result) => (result.status === 'issued' ? [[keyOf(result), result]] : [])),
  )
  const mailed = new Set(kept.flatMap((result) => (result.status === 'issued' ? [] : [keyOf(result)])))
  return {
    issued: (row) => issued.get(keyOf(row)),
    wasMailed: (row) => mailed.has(keyOf(row)),
    add: async (results) => {
      await file.appendFile(results.map((result) => `${JSON.stringify(result)}\n`).join(''))
      await file.sync()
    },
    close: () => file.close(),
  }
}

function keyOf({ line, row }: RowName): string {
  return `${line} ${row}`
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function readLine(text: string): RowResult[] {
  try {
    if (text === '') return []
    const result = JSON.parse(text) as RowResult
    return [result.status === 'issued' ? { ...result, expiresAt: new Date(result.expiresAt) } : result]
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
