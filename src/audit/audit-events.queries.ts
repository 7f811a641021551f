import type { Database } from '../database/database.ts'
import { every, type Sql, sql } from '../database/sql.ts'
import type { AuditEvent, AuditVerb } from './audit-event.ts'

/** What was refused: told to the database, which knows who asked. */
export async function insertRefusal(
  db: Database,
  refusal: { clientCode: string | null; table: string; rowId: string; attempt: string; reason: string },
): Promise<void> {
  const { clientCode, table, rowId, attempt, reason } = refusal
  await db.run(sql`
    select flows_private.record_refusal(${clientCode}, ${table}, ${rowId}, ${attempt}, ${reason})`)
}

/** One event in the name of whoever asks. */
export async function insertEvent(
  db: Database,
  event: Readonly<{
    clientId: string
    table: string
    rowId: string
    verb: AuditVerb
    details: Readonly<Record<string, unknown>>
  }>,
): Promise<void> {
  await db.run(sql`
    insert into flows.audit_events (client_id, actor, request_id, table_name, row_id, verb, details)
    values (
      ${event.clientId}, flows_private.audit_actor(), flows_private.audit_request_id(), ${event.table},
      ${event.rowId}, ${event.verb}, ${JSON.stringify(event.details)}::jsonb)`)
}

/** The conditions of a search, each left out where undefined. */
export type EventConditions = {
  clientId?: string | undefined
  table?: string | undefined
  verb?: AuditVerb | undefined
  actor?: string | undefined
  rowId?: string | undefined
  requestId?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/** Matching events, newest first. */
export function selectEvents(
  db: Database,
  conditions: EventConditions,
  limit: number,
): Promise<AuditEvent[]> {
  return db.many(sql`
    select e.id, e.created_at, e.tx::text as tx, e.actor, e.request_id, e.client_id, c.client_code,
      false as client_erased,
      e.table_name, e.row_id, e.verb, e.changed_columns, e.details
    from flows.audit_events e
    left join flows.clients c on c.id = e.client_id
    where ${conditionsOf(conditions)}
    order by e.created_at desc, e.id
    limit ${limit}`)
}

function conditionsOf(conditions: EventConditions): Sql {
  const { clientId, table, verb, actor, rowId, requestId, since, until } = conditions
  return every([
    ...(clientId === undefined ? [] : [sql`e.client_id = ${clientId}`]),
    ...(table === undefined ? [] : [sql`e.table_name = ${table}`]),
    ...(verb === undefined ? [] : [sql`e.verb = ${verb}`]),
    ...(actor === undefined ? [] : [sql`e.actor = ${actor}`]),
    ...(rowId === undefined ? [] : [sql`e.row_id = ${rowId}`]),
    ...(requestId === undefined ? [] : [sql`e.request_id = ${requestId}`]),
    ...(since === undefined ? [] : [sql`e.created_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`e.created_at < ${until}`]),
  ])
}

/** The id of the client that had this code and was erased last; undefined if there was none, or it is back. */
export async function selectErasedClient(db: Database, clientCode: string): Promise<string | undefined> {
  const erased = await db.maybe<{ id: string }>(sql`
    select erased_client as id
    from flows_private.client_erasures
    where client_code = ${clientCode} and restored_at is null
    order by erased_at desc
    limit 1`)
  return erased?.id
}

/** The codes that erased clients had, by their ids. */
export async function selectErasedCodes(
  db: Database,
  clientIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.many<{ id: string; code: string }>(sql`
    select erased_client as id, client_code as code
    from flows_private.client_erasures
    where erased_client = any (${clientIds}::uuid[])`)
  return new Map(rows.map(({ id, code }) => [id, code]))
}

/** The tables whose changes are in the trail, by the names that events have for them. */
export async function selectAuditedTables(db: Database): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`
    select distinct case when n.nspname in ('flows', 'flows_private') then c.relname
        else n.nspname || '.' || c.relname end as name
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_proc p on p.oid = t.tgfoid
    join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where p.pronamespace = 'flows_private'::regnamespace and p.proname like 'audit\\_%'
    order by name`)
  return rows.map(({ name }) => name)
}

/** Makes the partitions of the trail for the months to come, waiting 50 ms for a lock; how many were new. */
export async function addPartitions(tx: Database, monthsAhead: number): Promise<number> {
  await tx.run(sql`set local lock_timeout = '50ms'`)
  const { added } = await tx.one<{ added: number }>(sql`
    select flows_private.add_audit_partitions(${monthsAhead}) as added`)
  return added
}
