import type { Database } from '../database/database.ts'
import { identifier, raw, sql } from '../database/sql.ts'
import type { BackupTable } from './header.ts'

/** A column as it is made for a trial; its type stands quoted for a statement. */
export type PlainColumn = { column: string; type: string }

/**
 * Types by the names that the catalogue gives them, quoted for a statement. Only what every database has, and what a
 * column can be of, is among them.
 */
export async function selectPlainTypes(
  db: Database,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const types = await db.many<{ name: string; type: string }>(sql`
    select format_type(t.oid, null) as name, format('pg_catalog.%I', t.typname) as type
    from pg_catalog.pg_type t
    where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'r', 'm')
      and format_type(t.oid, null) = any (${names})`)
  return new Map(types.map(({ name, type }) => [name, type]))
}

/** Makes a table without keys, constraints and defaults. */
export async function createPlainTable(
  db: Database,
  { schema, table }: BackupTable,
  columns: readonly PlainColumn[],
): Promise<void> {
  const definitions = columns.map(({ column, type }) => `${identifier(column).text} ${type}`)
  await db.run(sql`create schema if not exists ${identifier(schema)}`)
  await db.run(sql`create table ${identifier(schema, table)} (${raw(definitions.join(', '))})`)
}

/** Adds columns to a table, without constraints and defaults. */
export async function addPlainColumns(
  db: Database,
  { schema, table }: BackupTable,
  columns: readonly PlainColumn[],
): Promise<void> {
  const added = columns.map(({ column, type }) => `add column ${identifier(column).text} ${type}`)
  await db.run(sql`alter table ${identifier(schema, table)} ${raw(added.join(', '))}`)
}
