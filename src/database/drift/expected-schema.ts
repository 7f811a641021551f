import { readFile } from 'node:fs/promises'
import { packagePath } from '../../base/package-folder.ts'
import type { Database } from '../database.ts'
import { catalogFingerprint } from '../fingerprint.ts'
import { sql } from '../sql.ts'

/** The file that says what schemas/ makes of an empty database; generated, one thing a line. */
export const expectedSchemaPath = packagePath('config', 'schema-fingerprint.txt')

const left = /^(membership|comment|default privileges|statistics) /
const storage =
  /^((relation|column|constraint|function|type|sequence|view) storage\.|schema storage |(index|trigger|policy|rule) .* on (only )?storage\.|grant \w+ on (\w+ )?storage\b)/i
const ourOwn = /^(policy|trigger CREATE TRIGGER) flows_/
// Partitions come and go with the calendar.
const month = /\b(flows|flows_private)\.\w+_\d{4}_\d{2}(_\d{2})?\b/

/** What schemas/ makes of an empty database, line by line. */
export async function readExpectedSchema(): Promise<string[]> {
  return (await readFile(expectedSchemaPath, 'utf8')).split('\n').filter((line) => line !== '')
}

/**
 * What a database has of flows-db, in the lines of catalogFingerprint without all that depends on where and when it was
 * made: the name of the owner (written as @owner), what the owner may do, partitions, memberships and comments.
 */
export async function presentSchema(db: Database): Promise<string[]> {
  const owner = await db.maybe<{ owner: string }>(sql`
    select nspowner::regrole::text as owner from pg_namespace where nspname = 'flows'`)
  const lines = await catalogFingerprint(db, ['flows', 'flows_gate', 'flows_private', 'storage'])
  return lines
    .filter((line) => !left.test(line) && !(storage.test(line) && !ourOwn.test(line)))
    .filter((line) => !line.startsWith('role ') || line.startsWith('role flows_staff '))
    .filter((line) => !month.test(line.split(': CREATE ')[0] ?? ''))
    .filter(
      (line) => owner === undefined || !(line.startsWith('grant ') && line.includes(` to ${owner.owner}`)),
    )
    .map((line) => (owner === undefined ? line : line.replace(` owner ${owner.owner}`, ' owner @owner')))
    .sort()
}

/** The tables of flows and flows_private, named with their schema, that have no audit trigger on purpose. */
export function unauditedTables(expected: readonly string[]): string[] {
  const audited = new Set(
    expected.flatMap(
      (line) => /^trigger .* ON (\S+) .*EXECUTE FUNCTION flows_private\.audit_/.exec(line)?.[1] ?? [],
    ),
  )
  return expected
    .flatMap((line) => /^relation (\S+) kind [rp] /.exec(line)?.[1] ?? [])
    .filter((table) => !audited.has(table))
}
