import { copyOut } from '../database/copy.ts'
import type { Database } from '../database/database.ts'
import { identifier, literal, raw, type Sql, sql } from '../database/sql.ts'

/** A part of an export: the columns of a table that are the client's to have. */
export type ExportedTable = {
  schema: string
  table: string
  ownerColumn: string
  columns: readonly string[]
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
  { schema, table, ownerColumn, columns, orderedBy }: ExportedTable,
  owner: string,
): Sql {
  const list = columns.map((column) => identifier(column).text).join(', ')
  const order = orderedBy.map((column) => identifier(column).text).join(', ')
  return sql`
    select ${raw(list)}
    from ${identifier(schema, table)}
    where ${identifier(ownerColumn)} = ${literal(owner)}${raw(order === '' ? '' : ` order by ${order}`)}`
}

/** What the database knows of the files in a client's bucket. */
export function filesOf(owner: string): Sql {
  return sql`
    select o.name, flows_private.object_size(o.metadata) as bytes, o.metadata ->> 'mimetype' as content_type,
      o.created_at, o.updated_at
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
