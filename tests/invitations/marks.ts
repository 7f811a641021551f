import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../src/database/database.ts'
import { identifier, sql } from '../../src/database/sql.ts'

/** A text to look for, with the ways in which it may be spelled. */
export type Mark = { text: string; spellings: readonly string[] }

/** A mark as it stands, in hex and in base64 at each of the three positions, both alphabets. */
export function mark(text: string): Mark {
  const hex = Buffer.from(text).toString('hex')
  const base64 = [0, 1, 2].map((offset) => {
    // The first and the last characters also depend on the neighbours: only what lies between is sure.
    const whole = Buffer.from(`${'x'.repeat(offset)}${text}`).toString('base64url')
    return whole.slice(offset === 0 ? 0 : offset + 1, -3)
  })
  const standard = base64.map((spelling) => spelling.replaceAll('-', '+').replaceAll('_', '/'))
  return { text, spellings: [...new Set([text, hex, hex.toUpperCase(), ...base64, ...standard])] }
}

/** Where any of the marks is in any row of any table of the database, every column read as text. */
export async function marksInTables(admin: Database, marks: readonly Mark[]): Promise<string[]> {
  const tables = await admin.many<{ schema: string; name: string }>(sql`
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and c.relpersistence <> 't'
    order by 1, 2`)
  const pattern = marks.flatMap(({ spellings }) => spellings).join('|')
  const found: string[] = []
  for (const { schema, name } of tables) {
    const { rows } = await admin.one<{ rows: number }>(sql`
      select count(*) as rows from ${identifier(schema, name)} t where t::text ~ ${pattern}`)
    if (rows > 0) found.push(`${schema}.${name}`)
  }
  return found
}

/** Which files below a folder hold any of the marks; the folder must not be empty. */
export function marksInFiles(folder: string, marks: readonly Mark[]): { files: number; found: string[] } {
  const needles = marks.flatMap(({ spellings }) => spellings.map((spelling) => Buffer.from(spelling)))
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const found = files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path)
      return needles.some((needle) => bytes.includes(needle))
    })
  return { files: files.length, found }
}
