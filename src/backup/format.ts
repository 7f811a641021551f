import { type BackupHeader, type BackupTable, formatVersion } from './header.ts'

/** How many rows of a table there are, and the SHA-256 of their COPY text, ordered by the primary key. */
export type TableDigest = { schema: string; table: string; rows: number; sha256: string }

/** What a backup says of itself after its last row; `digest` is the SHA-256 of all bytes before this line. */
export type Manifest = { tables: readonly TableDigest[]; digest: string }

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

/** The line that ends the rows of a table. */
export const endOfRows = '\\.'

/** The line after the last table. */
export const ending = 'commit;'

/** What the last line begins with; the manifest's JSON follows. */
export const manifestMark = '-- manifest '

/** All lines before the first table. */
export function openingLines(header: BackupHeader): string[] {
  return [firstLine, `${headerMark}${JSON.stringify(header)}`, ...preamble]
}

/** The line that begins the rows of a table. */
export function copyLine({ schema, table, columns }: BackupTable): string {
  return `copy ${quoted(schema)}.${quoted(table)} (${columns.map(quoted).join(', ')}) from stdin;`
}

/** The last line. */
export function manifestLine({ tables, digest }: Manifest): string {
  const entries = tables.map(({ schema, table, rows, sha256 }) => ({ schema, table, rows, sha256 }))
  return `${manifestMark}${JSON.stringify({ tables: entries, digest })}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
