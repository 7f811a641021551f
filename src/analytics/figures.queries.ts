import type { Database } from '../database/database.ts'
import { every, sql } from '../database/sql.ts'
import type { Span } from './usage.queries.ts'

/** A client with what its tier allows. */
export type MeasuredClient = Readonly<{
  id: string
  clientCode: string
  legalName: string
  tier: string
  maxUsers: number
  storageBytes: number
}>

/** What a client had on a day. */
export type Snapshot = Readonly<{
  clientId: string
  day: string
  takenAt: Date
  activeMembers: number
  inactiveMembers: number
  objectCount: number
  objectBytes: number
}>

/** How far the invitations issued in a month got; `month` is its first day. */
export type InvitationMonth = Readonly<{
  clientId: string
  month: string
  issued: number
  sent: number
  opened: number
  redeemed: number
  expired: number
  revoked: number
  superseded: number
  erased: number
  pending: number
  medianSecondsToRedeem: number | null
}>

/** One client, or all of them, by code. */
export function selectMeasuredClients(db: Database, clientId?: string): Promise<MeasuredClient[]> {
  const which = every(clientId === undefined ? [] : [sql`c.id = ${clientId}`])
  return db.many(sql`
    select c.id, c.client_code, c.legal_name, c.tier, t.max_users, t.storage_bytes
    from flows.clients c
    join flows.client_tiers t on t.tier = c.tier
    where ${which}
    order by c.client_code`)
}

/** The snapshots of one client, or of all, in order. */
export function selectSnapshots(db: Database, { from, until }: Span, clientId?: string): Promise<Snapshot[]> {
  const whose = clientId === undefined ? [] : [sql`client_id = ${clientId}`]
  return db.many(sql`
    select client_id, day::text, taken_at, active_members, inactive_members, object_count, object_bytes
    from flows.client_snapshots
    where ${every([...whose, sql`day >= ${from}`, sql`day < ${until}`])}
    order by client_id, day`)
}

/** The invitations of one client, or of all, by month. */
export function selectInvitationMonths(
  db: Database,
  { from, until }: Span,
  clientId?: string,
): Promise<InvitationMonth[]> {
  const whose = clientId === undefined ? [] : [sql`client_id = ${clientId}`]
  return db.many(sql`
    select client_id, month::text, issued, sent, opened, redeemed, expired, revoked, superseded, erased, pending,
      median_seconds_to_redeem
    from flows.invitation_months
    where ${every([...whose, sql`month >= ${from}`, sql`month < ${until}`])}`)
}
