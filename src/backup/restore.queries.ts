import { copyIn } from '../database/copy.ts'
import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'
import type { ClientTable, Reference } from './client-tables.queries.ts'
import { form, list } from './copy.queries.ts'
import type { BackupTable } from './header.ts'

/** A client that is there, by its id or by its code. */
export type PresentClient = { id: string; clientCode: string }

/** The clients that have this id or this code: none, one, or two that differ. */
export function selectPresentClients(
  tx: Database,
  { clientId, clientCode }: { clientId: string; clientCode: string },
): Promise<PresentClient[]> {
  return tx.many(sql`
    select id, client_code from flows.clients where id = ${clientId} or client_code = ${clientCode}`)
}

/** The code of the client that has a domain. */
export async function findDomainOwner(tx: Database, domain: string): Promise<string | undefined> {
  const owner = await tx.maybe<{ clientCode: string }>(sql`
    select client_code from flows.clients where domain = ${domain}`)
  return owner?.clientCode
}

/** Keeps everybody from adding rows to a client until the transaction ends; waits 10 seconds at the most. */
export async function lockClient(tx: Database, clientId: string): Promise<void> {
  await tx.run(sql`set local lock_timeout = '10s'`)
  await tx.run(sql`select from flows.clients where id = ${clientId} for update`)
}

/** Lets triggers and the checks of foreign keys rest, for this transaction only: no lock, nobody else sees it. */
export async function restTriggers(tx: Database): Promise<void> {
  await tx.run(sql`set local session_replication_role = replica`)
}

/**
 * Lets the planner join sets only, or again also row by row. It knows nothing of rows that came in this transaction, takes
 * a new client for empty, and would compare each of its rows with all others.
 */
export async function joinSetsOnly(tx: Database, only: boolean): Promise<void> {
  await tx.run(sql`select set_config('enable_nestloop', ${only ? 'off' : 'on'}, true)`)
}

/** Deletes the rows of one client. */
export async function deleteRows(tx: Database, table: ClientTable, clientId: string): Promise<void> {
  await tx.run(sql`
    delete from ${identifier(table.schema, table.table)} where ${identifier(table.ownerColumn)} = ${clientId}::uuid`)
}

/** Writes rows beside a table, as COPY takes them, into a temporary one with the same columns; gives how many. */
export async function stageRows(
  tx: Database,
  table: BackupTable,
  stage: string,
  rows: AsyncIterable<Buffer>,
): Promise<number> {
  await tx.run(sql`
    create temporary table ${identifier(stage)} on commit drop as
    select ${raw(list(table.columns))} from ${identifier(table.schema, table.table)} with no data`)
  return copyIn(
    tx,
    sql`copy ${stageOf(stage)} (${raw(list(table.columns))}) from stdin${raw(form(table.types))}`,
    rows,
  )
}

/** Adds staged rows to their table; those that are there already are left as they are. */
export async function mergeStage(tx: Database, table: BackupTable, stage: string): Promise<void> {
  const columns = raw(list(table.columns))
  await tx.run(sql`
    insert into ${identifier(table.schema, table.table)} (${columns})
    overriding system value
    select ${columns} from ${stageOf(stage)}
    on conflict do nothing`)
}

/** Gives the one row that a client has in a table the staged values in place, or adds it. */
export async function amendFromStage(
  tx: Database,
  table: BackupTable,
  stage: string,
  clientId: string,
): Promise<void> {
  const [owner = '', ...columns] = table.columns
  const values = columns.map((column) => `${identifier(column).text} = s.${identifier(column).text}`)
  const amended = await tx.run(sql`
    update ${identifier(table.schema, table.table)} t
    set ${raw(values.join(', '))}
    from ${stageOf(stage)} s
    where t.${identifier(owner)} = ${clientId}::uuid`)
  if (amended === 0) await mergeStage(tx, table, stage)
}

/** Whether another client has a bucket of this one. */
export async function sharesBucket(tx: Database, clientId: string): Promise<boolean> {
  const { shared } = await tx.one<{ shared: boolean }>(sql`
    select exists (
      select
      from flows.client_buckets own
      join flows.client_buckets other on other.bucket_id = own.bucket_id and other.client_id <> own.client_id
      where own.client_id = ${clientId}) as shared`)
  return shared
}

/** Counts what lies in the client's bucket anew, while nobody else can change the counts. */
export async function recountBucket(tx: Database, clientId: string): Promise<void> {
  await tx.run(sql`select from flows.client_buckets where client_id = ${clientId} for no key update`)
  await tx.run(sql`
    update flows.client_buckets b
    set object_count = o.objects, object_bytes = o.bytes
    from (
      select count(o.id) as objects, coalesce(sum(flows_private.object_size(o.metadata)), 0)::bigint as bytes
      from flows.client_buckets own
      left join storage.objects o on o.bucket_id = own.bucket_id
      where own.client_id = ${clientId}
    ) o
    where b.client_id = ${clientId}`)
}

/** Remembers the salts that open invitations now; a missing one was erased. */
export async function keepSalts(tx: Database, clientId: string): Promise<void> {
  await tx.run(sql`
    create temporary table former_salts on commit drop as
    select invitation_id, pii_salt from flows_private.invitation_secrets where client_id = ${literal(clientId)}`)
}

/** Gives invitations the salts they had before, or with salts from a backup takes those away that were erased since. */
export async function bringSaltsBack(tx: Database, clientId: string, withKeys: boolean): Promise<void> {
  await tx.run(sql`
    update flows_private.invitation_secrets s
    set pii_salt = f.pii_salt
    from former_salts f
    where s.client_id = ${clientId} and s.invitation_id = f.invitation_id
      and (f.pii_salt is null or not ${withKeys}::boolean)`)
}

/** Erases again whoever stands in the ledger; gives how many had come back. */
export async function eraseAgain(tx: Database, clientId: string): Promise<number> {
  const { again } = await tx.one<{ again: number }>(sql`
    select flows_private.erase_again(${clientId}::uuid) as again`)
  return again
}

/** Whether the client has a key that seals. */
export async function hasActiveKey(tx: Database, clientId: string): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(sql`
    select exists (
      select from flows_private.client_keys where client_id = ${clientId} and state = 'active') as found`)
  return found
}

/** Whether the trail has events of a client. */
export async function hasEvents(tx: Database, clientId: string): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(sql`
    select exists (select from flows.audit_events where client_id = ${clientId}) as found`)
  return found
}

/** The ends of a foreign key: tables of clients, undefined where an end belongs to nobody or to whichever client. */
export type Ends = { child: ClientTable | undefined; parent: ClientTable | undefined }

/** Whether rows of a client, or of a table that belongs to nobody, refer to what is not there or is another client's. */
export function breaksReference(
  tx: Database,
  reference: Reference,
  clientId: string,
  { child, parent }: Ends,
): Promise<boolean> {
  const owner = `${literal(clientId).text}::uuid`
  const isOwn = (alias: string, table: ClientTable) => `${columnOf(alias, table.ownerColumn)} = ${owner}`
  return leadsNowhere(
    tx,
    reference,
    child === undefined ? [] : [isOwn('c', child)],
    child === undefined || parent === undefined ? [] : [isOwn('p', parent)],
  )
}

/** Whether rows that are not the client's refer to what is not there. */
export function breaksReferenceOfOthers(
  tx: Database,
  reference: Reference,
  clientId: string,
  child: ClientTable,
): Promise<boolean> {
  const isOthers = `${columnOf('c', child.ownerColumn)} is distinct from ${literal(clientId).text}::uuid`
  return leadsNowhere(tx, reference, [isOthers], [])
}

async function leadsNowhere(
  tx: Database,
  { schema, table, columns, toSchema, toTable, toColumns }: Reference,
  ofChild: readonly string[],
  ofParent: readonly string[],
): Promise<boolean> {
  const given = columns.map((name) => `${columnOf('c', name)} is not null`)
  const equal = columns.map(
    (name, index) => `${columnOf('p', toColumns[index] ?? '')} = ${columnOf('c', name)}`,
  )
  const { broken } = await tx.one<{ broken: boolean }>(sql`
    select exists (
      select
      from ${identifier(schema, table)} c
      where ${raw([...ofChild, ...given].join(' and '))}
        and not exists (
          select from ${identifier(toSchema, toTable)} p where ${raw([...ofParent, ...equal].join(' and '))})
    ) as broken`)
  return broken
}

function columnOf(alias: string, name: string): string {
  return `${alias}.${identifier(name).text}`
}

/** The name of a temporary table of staged rows. */
export function stageOf(stage: string) {
  return identifier('pg_temp', stage)
}
