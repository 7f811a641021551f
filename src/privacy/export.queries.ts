import { copyOut } from '../database/copy.ts'
import type { Database } from '../database/database.ts'
import { identifier, literal, raw, type Sql, sql } from '../database/sql.ts'

/** A part of an export: the columns of a table that are the client's to have. */
export type ExportedTable = {
  schema: string
  table: string
  ownerColumn: string
  columns: readonly string[]
  /** Those of the columns that are moments. */
  moments: readonly string[]
  orderedBy: readonly string[]
}

/** The rows of one owner as CSV with a heading. */
export function copyCsv(tx: Database, rows: Sql): AsyncGenerator<Buffer, number> {
  return copyOut(tx, sql`copy (${rows}) to stdout with (format csv, header)`)
}

/** The rows of one owner as COPY text, each one field: a JSON object. */
export function copyJson(tx: Database, rows: Sql): AsyncGenerator<Buffer, number> {
  return copyOut(tx, sql`copy (select to_json(_row_)::text from (${rows}) _row_) to stdout`)
}

/** The rows of one owner in a table. */
export function rowsOf(
  { schema, table, ownerColumn, columns, moments, orderedBy }: ExportedTable,
  owner: string,
): Sql {
  const list = columns
    .map((column) => ({ name: `_of_.${identifier(column).text}`, as: identifier(column).text, column }))
    .map(({ name, as, column }) => (moments.includes(column) ? `${iso(name)} as ${as}` : name))
    .join(', ')
  const order = orderedBy.map((column) => `_of_.${identifier(column).text}`).join(', ')
  return sql`
    select ${raw(list)}
    from ${identifier(schema, table)} _of_
    where _of_.${identifier(ownerColumn)} = ${literal(owner)}${raw(order === '' ? '' : ` order by ${order}`)}`
}

/** A moment as JSON writes it, which is ISO 8601; PostgreSQL's own text has a blank in its middle. */
function iso(expression: string): string {
  return `to_json(${expression}) #>> '{}'`
}

/** What the database knows of the files in a client's bucket. */
export function filesOf(owner: string): Sql {
  return sql`
    select o.name, flows_private.object_size(o.metadata) as bytes, o.metadata ->> 'mimetype' as content_type,
      ${raw(iso('o.created_at'))} as created_at, ${raw(iso('o.updated_at'))} as updated_at
    from flows.client_buckets b
    join storage.objects o on o.bucket_id = b.bucket_id
    where b.client_id = ${literal(owner)}
    order by o.name`
}

/** How many rows there are. */
export async function countRows(tx: Database, rows: Sql): Promise<number> {
  const { count } = await tx.one<{ count: number }>(sql`select count(*) as count from (${rows}) _rows_`)
  return count
}
