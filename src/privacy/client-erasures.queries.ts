import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { ErasureCertificate } from './certificate.ts'

/** A client that is about to be erased, and what the certificate says of it. */
export type ErasableClient = {
  id: string
  clientCode: string
  auditDays: number
  events: number
  keys: number
  /** Accounts of people that belong to no other client. */
  accounts: number
  erasedAt: Date
  erasedBy: string
  erasureId: string
}

/** Keeps everybody from adding rows to a client until the transaction ends; waits 2 seconds at the most. */
export async function holdClient(tx: Database, clientId: string): Promise<void> {
  await tx.run(sql`set local lock_timeout = '2s'`)
  await tx.run(sql`select from flows.clients where id = ${clientId} for update`)
}

/** What there is of a client, while it is held. */
export function selectErasable(tx: Database, clientId: string): Promise<ErasableClient | undefined> {
  return tx.maybe(sql`
    select c.id, c.client_code, t.audit_days,
      (select count(*) from flows.audit_events e where e.client_id = c.id) as events,
      (select count(*) from flows_private.client_keys k where k.client_id = c.id and k.wrapped_key is not null) as keys,
      (
        select count(*)
        from flows.client_members m
        where m.client_id = c.id
          and not exists (
            select from flows.client_members o where o.user_id = m.user_id and o.client_id <> m.client_id)
      ) as accounts,
      clock_timestamp() as erased_at, flows_private.audit_actor() as erased_by, gen_random_uuid() as erasure_id
    from flows.clients c
    join flows.client_tiers t on t.tier = c.tier
    where c.id = ${clientId}`)
}

/** The certificate's place in the ledger; `bucketId` where files wait to be deleted. */
export async function insertClientErasure(
  tx: Database,
  certificate: ErasureCertificate,
  bucketId: string | null,
): Promise<void> {
  const { id, clientId, clientCode, reason, erasedAt, trail } = certificate
  await tx.run(sql`
    insert into flows_private.client_erasures
      (id, erased_client, client_code, reason, erased_at, audit_days, bucket_id, certificate)
    values (
      ${id}, ${clientId}, ${clientCode}, ${reason}, ${erasedAt}::timestamptz, ${trail.days}, ${bucketId},
      ${JSON.stringify(certificate)}::jsonb)`)
}

/** An entry of the ledger. */
export type ClientErasure = {
  id: string
  clientId: string
  bucketId: string | null
  completedAt: Date | null
  certificate: ErasureCertificate
}

/** The latest erasure of a client of this code that nobody has brought back. */
export function selectClientErasure(db: Database, clientCode: string): Promise<ClientErasure | undefined> {
  return db.maybe(sql`
    select id, erased_client as client_id, bucket_id, completed_at, certificate
    from flows_private.client_erasures
    where client_code = ${clientCode} and restored_at is null
    order by erased_at desc
    limit 1`)
}

/**
 * Whether a client is still erased. Its entry in the ledger is locked until the transaction ends, so that a restore
 * cannot bring it back meanwhile.
 */
export async function holdErasure(
  tx: Database,
  { id, clientId }: Pick<ClientErasure, 'id' | 'clientId'>,
): Promise<boolean> {
  const entry = await tx.maybe(sql`
    select id from flows_private.client_erasures where id = ${id} and restored_at is null for update`)
  if (entry === undefined) return false
  // In a statement of its own, which sees what was committed while the one before waited.
  const { back } = await tx.one<{ back: boolean }>(sql`
    select exists (select from flows.clients where id = ${clientId}) as back`)
  return !back
}

/**
 * Puts a newer certificate into the ledger, and says whether it did: not for a client that is back. `bucketId` is null
 * where no files wait to be deleted any more.
 */
export async function completeClientErasure(
  tx: Database,
  certificate: ErasureCertificate,
  bucketId: string | null,
): Promise<boolean> {
  const updated = await tx.run(sql`
    update flows_private.client_erasures
    set bucket_id = ${bucketId}, completed_at = ${certificate.completedAt}::timestamptz,
      certificate = ${JSON.stringify(certificate)}::jsonb
    where id = ${certificate.id} and restored_at is null`)
  return updated > 0
}

/**
 * A transaction's number above that of every one that has written by now. To be asked for outside a transaction, which
 * would be waited for itself.
 */
export async function selectHorizon(db: Database): Promise<string> {
  const { horizon } = await db.one<{ horizon: string }>(sql`
    select pg_current_xact_id()::text as horizon`)
  return horizon
}

/** Whether every transaction whose number is below a horizon has ended. */
export async function isPast(db: Database, horizon: string): Promise<boolean> {
  const { past } = await db.one<{ past: boolean }>(sql`
    select pg_snapshot_xmin(pg_current_snapshot()) >= ${horizon}::text::xid8 as past`)
  return past
}
