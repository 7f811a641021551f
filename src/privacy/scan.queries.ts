import { copyOut } from '../database/copy.ts'
import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'

/** A table with the columns in which text can stand. */
export type ScannedTable = {
  schema: string
  table: string
  columns: string[]
  /** How many rows it had when it was last analysed; below zero if never. */
  estimate: number
}

/** Every type with what its values are made of: a domain of its base type, a list of its elements, both at any depth. */
const madeOf = sql`
  select t.oid, t.oid as inner_type
  from pg_catalog.pg_type t
  union all
  select m.oid, case t.typtype when 'd' then t.typbasetype else t.typelem end
  from made_of m
  join pg_catalog.pg_type t on t.oid = m.inner_type and (t.typtype = 'd' or t.typcategory = 'A')`

/**
 * Every table of schemas that has a column of text, of JSON, of a composite type, or of domains or lists of these;
 * partitions count as their parent.
 */
export function selectTextTables(
  tx: Database,
  schemas: readonly string[] | undefined,
): Promise<ScannedTable[]> {
  return tx.many(sql`
    with recursive made_of (oid, inner_type) as (${madeOf})
    select n.nspname::text as schema, c.relname::text as "table",
      array_agg(a.attname::text order by a.attnum) as columns, max(c.reltuples)::bigint as estimate
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join made_of m on m.oid = a.atttypid
    join pg_catalog.pg_type t on t.oid = m.inner_type and t.typtype <> 'd' and t.typcategory <> 'A'
    where c.relkind in ('r', 'p', 'm') and not c.relispartition
      and (t.typcategory = 'S' or t.typtype = 'c' or t.typname in ('json', 'jsonb', 'xml', 'hstore'))
      and t.typname not in ('name', 'char')
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and ${schemas === undefined ? sql`true` : sql`n.nspname = any (${schemas}::text[])`}
    group by n.nspname, c.relname
    order by n.nspname, c.relname`)
}

/** Whether there is such a schema. */
export async function hasSchema(tx: Database, schema: string): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(sql`
    select exists (select from pg_catalog.pg_namespace where nspname = ${schema}) as found`)
  return found
}

/** How many rows a table has. */
export async function countTable(tx: Database, { schema, table }: ScannedTable): Promise<number> {
  const { rows } = await tx.one<{ rows: number }>(sql`
    select count(*) as rows from ${identifier(schema, table)}`)
  return rows
}

/** The columns of a table as COPY text, of one owner or of all; of all rows or of a share of them, drawn at random. */
export function copyTexts(
  tx: Database,
  { schema, table, columns }: ScannedTable,
  { owner, share }: { owner: { column: string; id: string } | undefined; share: number },
): AsyncGenerator<Buffer, number> {
  const list = columns.map((column) => `${identifier(column).text}::text`).join(', ')
  const where = owner === undefined ? sql`` : sql`where ${identifier(owner.column)} = ${literal(owner.id)}`
  // Drawn row by row, so that it also works on views and does not depend on how rows lie in pages.
  const draw = share >= 1 ? '' : `${owner === undefined ? 'where' : ' and'} random() < ${share}`
  return copyOut(
    tx,
    sql`copy (select ${raw(list)} from ${identifier(schema, table)} ${where}${raw(draw)}) to stdout`,
  )
}
