import type { Database } from './database.ts'
import {
  columnLines,
  commentLines,
  constraintLines,
  defaultPrivilegeLines,
  functionLines,
  grantLines,
  indexLines,
  membershipLines,
  policyLines,
  relationLines,
  roleLines,
  schemaLines,
  sequenceLines,
  triggerLines,
  typeLines,
  viewLines,
} from './fingerprint.queries.ts'
import { type Sql, sql } from './sql.ts'

const parts = [
  schemaLines,
  relationLines,
  columnLines,
  constraintLines,
  indexLines,
  policyLines,
  triggerLines,
  viewLines,
  functionLines,
  typeLines,
  sequenceLines,
  grantLines,
  defaultPrivilegeLines,
  commentLines,
  roleLines,
  membershipLines,
]

/**
 * Describes everything in the given schemas, and the roles whose names start with flows_, in sorted lines
 * (a function or view takes one line with its line ends as \n), so that two databases can be compared line
 * by line. The order of columns does not matter: `alter table ... add column` can only append, so a table
 * that grew and one made at once would never be equal.
 */
export async function catalogFingerprint(db: Database, schemas: readonly string[]): Promise<string[]> {
  return db.transaction(async (tx) => {
    // The server leaves out the schema of what the search path finds.
    await tx.run(sql`select set_config('search_path', 'pg_catalog', true)`)
    const rows = await tx.many<{ line: string }>(allLines([...schemas]))
    const lines = rows.map(({ line }) => line.replaceAll('\r', '').replaceAll('\n', '\\n'))
    return [...new Set(lines)].sort()
  })
}

/** One statement for all parts, so that a database far away is asked once. */
function allLines(schemas: string[]): Sql {
  const [first = sql``, ...others] = parts.map((part) => part(schemas))
  return others.reduce((all, part) => sql`${all} union all (${part})`, sql`(${first})`)
}
