import { copyIn, copyOut } from '../database/copy.ts'
import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'
import { preamble } from './format.ts'
import type { BackupTable } from './header.ts'

/** Settings of a transaction in which rows are read or written as text, the same wherever a backup is made. */
export async function settleText(tx: Database): Promise<void> {
  const settings = preamble.filter(
    (line) => line.startsWith('set local') && !line.includes('session_replication_role'),
  )
  await tx.script(settings.join('\n'))
  await tx.run(sql`
    select set_config('statement_timeout', '0', true), set_config('extra_float_digits', '1', true),
      set_config('bytea_output', 'hex', true), set_config('idle_in_transaction_session_timeout', '0', true)`)
}

/** Lets all that follows see the database as it is now, and nothing of it be changed; gives the moment. */
export async function holdSnapshot(tx: Database): Promise<Date> {
  await tx.run(sql`set transaction isolation level repeatable read, read only`)
  const { moment } = await tx.one<{ moment: Date }>(sql`select statement_timestamp() as moment`)
  return moment
}

/**
 * The rows of one owner in a table as COPY gives them, text or binary; in an order that no collation changes if the
 * table's text columns are given, otherwise as they lie.
 */
export function copyRowsOut(
  tx: Database,
  backupTable: BackupTable,
  owner: string,
  orderedWith?: { textColumns: readonly string[] },
): AsyncGenerator<Buffer, number> {
  const { schema, table, columns, types } = backupTable
  const [ownerColumn = ''] = columns
  const order = orderedWith === undefined ? '' : `order by ${orderOf(backupTable, orderedWith.textColumns)}`
  return copyOut(
    tx,
    sql`
      copy (
        select ${raw(list(columns))}
        from ${identifier(schema, table)}
        where ${identifier(ownerColumn)} = ${literal(owner)}
        ${raw(order)}
      ) to stdout${raw(form(types))}`,
  )
}

/** By what the rows of a table are ordered, the same under every collation. */
export function orderOf({ columns, orderedBy }: BackupTable, textColumns: readonly string[]): string {
  const keys = orderedBy.map((column) => {
    const collation = textColumns.includes(column) ? ' collate "C"' : ''
    return `${identifier(column).text}${collation}`
  })
  return keys.length === 0 ? `row(${list(columns)})::text collate "C"` : keys.join(', ')
}

/** Writes rows into a table as COPY takes them; what belongs to anybody else is passed over, and missing in the count given. */
export function copyRowsIn(
  tx: Database,
  { schema, table, columns, types }: BackupTable,
  owner: string,
  rows: AsyncIterable<Buffer>,
): Promise<number> {
  const [ownerColumn = ''] = columns
  return copyIn(
    tx,
    sql`
      copy ${identifier(schema, table)} (${raw(list(columns))}) from stdin${raw(form(types))}
      where ${identifier(ownerColumn)} = ${literal(owner)}`,
    rows,
  )
}

/** How a COPY is told that rows are binary: they are where the types of their columns are known. */
export function form(types: readonly string[] | undefined): string {
  return types === undefined ? '' : ' with (format binary)'
}

/** Column names, quoted, for a statement. */
export function list(columns: readonly string[]): string {
  return columns.map((column) => identifier(column).text).join(', ')
}

/** The client's storage bucket, if the project has one for it. */
export async function selectBucketId(tx: Database, clientId: string): Promise<string | null> {
  const row = await tx.maybe<{ id: string }>(sql`
    select b.id
    from flows.client_buckets c
    join storage.buckets b on b.id = c.bucket_id
    where c.client_id = ${clientId}`)
  return row?.id ?? null
}
