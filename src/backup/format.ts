import { type BackupHeader, type BackupTable, formatVersion, isArchive } from './header.ts'

/** How many rows of a table there are, and the SHA-256 of them as they stand in the backup. */
export type TableDigest = { schema: string; table: string; rows: number; sha256: string }

/** How many files of the bucket there are, and how many bytes they have. */
export type FileCount = { count: number; bytes: number }

/**
 * What a backup says of itself at its end; `digest` is the SHA-256 of all bytes before this line. `files` is absent
 * where it was not to have any.
 */
export type Manifest = { tables: readonly TableDigest[]; files?: FileCount; digest: string }

/** What every backup of any format version begins with. */
export const magic = '-- flows-db backup, format '

/** The first line. */
export const firstLine = `${magic}${formatVersion}`

/** What the second line begins with; the header's JSON follows. */
export const headerMark = '-- header '

/**
 * How rows are written as text, set for the sessions that write and read them; and what makes psql load the file
 * whole or not at all, with triggers at rest: rows were checked and recorded when they were first written.
 */
export const preamble: readonly string[] = [
  '\\set ON_ERROR_STOP on',
  'begin;',
  "set local client_encoding = 'UTF8';",
  "set local datestyle = 'ISO, YMD';",
  "set local intervalstyle = 'postgres';",
  "set local timezone = 'UTC';",
  'set local session_replication_role = replica;',
]

/** In the place of the preamble where rows are in a form that psql would misread: it stops, and says why. */
const archivePreamble: readonly string[] = [
  '\\set ON_ERROR_STOP on',
  "do $$ begin raise exception 'This is an archive: flows-db backup:restore loads it'; end $$;",
]

/** The lines between the header and the first table. */
export function preambleOf(header: BackupHeader): readonly string[] {
  return isArchive(header) ? archivePreamble : preamble
}

/** The line that ends the rows of a table, where they are text. */
export const endOfRows = '\\.'

/** The line after the last table. */
export const ending = 'commit;'

/** The line before the first file, at which psql stops reading. */
export const beginningOfFiles = '\\q'

/** What the line before a file begins with; JSON follows. */
export const fileMark = '-- file '

/** What the line after a file begins with; JSON follows. */
export const fileDigestMark = '-- digest '

/** The line after the last file. */
export const endOfFiles = '-- no more files'

/** What the last line begins with; the manifest's JSON follows. */
export const manifestMark = '-- manifest '

/** All lines before the first table. */
export function openingLines(header: BackupHeader): string[] {
  return [firstLine, `${headerMark}${JSON.stringify(header)}`, ...preambleOf(header)]
}

/** The line that begins the rows of a table. */
export function copyLine({ schema, table, columns, types }: BackupTable): string {
  const form = types === undefined ? '' : ' (format binary)'
  return `copy ${quoted(schema)}.${quoted(table)} (${columns.map(quoted).join(', ')}) from stdin${form};`
}

/** The last line. */
export function manifestLine({ tables, files, digest }: Manifest): string {
  const entries = tables.map(({ schema, table, rows, sha256 }) => ({ schema, table, rows, sha256 }))
  return `${manifestMark}${JSON.stringify({ tables: entries, files, digest })}`
}

/** Lines as the bytes that stand in a backup. */
export function linesOf(texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\n`).join(''))
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
