import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'
import type { ClientTable, DrawnColumn } from './client-tables.queries.ts'

/**
 * The highest number that a client has in a column that is drawn from a sequence, as text, where the sequence has not
 * come so far; undefined where it has.
 */
export async function selectNumberAhead(
  tx: Database,
  { schema, table, ownerColumn }: ClientTable,
  { column, sequence }: DrawnColumn,
  clientId: string,
): Promise<string | undefined> {
  const row = await tx.maybe<{ highest: string }>(sql`
    select h.highest::text
    from (
      select max(${identifier(column)})::bigint as highest
      from ${identifier(schema, table)}
      where ${identifier(ownerColumn)} = ${clientId}::uuid
    ) h
    join ${raw(sequence)} q on q.last_value < h.highest
    join pg_catalog.pg_sequence s on s.seqrelid = ${literal(sequence)}::regclass and s.seqincrement > 0`)
  return row?.highest
}

/**
 * Moves a sequence on behind a number, and never back: whoever draws from it waits, from before it is looked at until the
 * transaction ends, and if that is taken back the sequence is as it was.
 */
export async function moveOn(tx: Database, sequence: string, number: string): Promise<void> {
  const { step } = await tx.one<{ step: string }>(sql`
    select seqincrement::text as step from pg_catalog.pg_sequence where seqrelid = ${literal(sequence)}::regclass`)
  // Changes nothing, but takes the lock that drawing waits for.
  await tx.run(sql`alter sequence ${raw(sequence)} increment by ${raw(step)}`)
  const behind = await tx.maybe<{ next: string }>(sql`
    select (least(${number}::bigint, s.seqmax - 1) + 1)::text as next
    from ${raw(sequence)} q
    join pg_catalog.pg_sequence s on s.seqrelid = ${literal(sequence)}::regclass
    where q.last_value < ${number}::bigint`)
  if (behind !== undefined)
    await tx.run(sql`alter sequence ${raw(sequence)} restart with ${raw(behind.next)}`)
}
