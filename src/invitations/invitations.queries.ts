import type { Database } from '../database/database.ts'
import { every, type Sql, sql } from '../database/sql.ts'
import type { Delivery, Invitation, InvitationStatus } from './invitation.ts'

/** What an invitation `i` is now. Nothing marks a row at the moment when its time runs out: it follows from the clock. */
export const status = sql`case when i.status = 'pending' and i.expires_at <= now() then 'expired' else i.status end`

const columns = sql`
  i.id, i.invitation_code, c.client_code, a.app_code, ${status} as status,
  i.max_uses, i.used_count, i.expires_at, i.created_at`

/** Invitations `i`, with their clients `c` and applications `a`. */
export const tables = sql`
  flows.clients c
  join flows.invitations i on i.client_id = c.id
  join flows.client_applications a on a.client_id = i.client_id and a.id = i.app_id`

/** What a list is narrowed to; what is left out does not narrow it. */
export type InvitationConditions = {
  clientId?: string | undefined
  appCode?: string | undefined
  status?: InvitationStatus | undefined
  /** Still pending, and over within so many seconds. */
  expiringWithin?: number | undefined
  delivery?: Delivery | undefined
  /** An invitation's id or its code. */
  named?: string | undefined
}

/** Matching invitations, newest first. */
export function selectInvitations(
  db: Database,
  conditions: InvitationConditions,
  limit: number,
): Promise<Invitation[]> {
  const more = conditions.delivery === undefined ? sql`` : sql`, i.delivery, i.delivery_fault`
  return db.many(sql`
    select ${columns}${more}
    from ${tables}
    where ${every(conditionsOf(conditions))}
    order by i.created_at desc, i.id
    limit ${limit}`)
}

function conditionsOf({ clientId, appCode, expiringWithin, ...more }: InvitationConditions): Sql[] {
  return [
    ...(clientId === undefined ? [] : [sql`i.client_id = ${clientId}`]),
    ...(appCode === undefined ? [] : [sql`a.app_code = ${appCode}`]),
    ...(more.status === undefined ? [] : [sql`${status} = ${more.status}`]),
    ...(expiringWithin === undefined
      ? []
      : [
          sql`i.status = 'pending' and i.expires_at > now()
            and i.expires_at <= now() + make_interval(secs => ${expiringWithin})`,
        ]),
    ...(more.delivery === undefined ? [] : [sql`i.delivery = ${more.delivery}`]),
    ...(more.named === undefined
      ? []
      : [sql`(i.invitation_code = ${more.named} or i.id::text = ${more.named})`]),
  ]
}

/** Revokes an invitation that can still be redeemed; how many were: one or none. */
export function markRevoked(db: Database, clientCode: string, id: string): Promise<number> {
  return db.run(sql`
    update flows.invitations i
    set status = 'revoked', revoked_at = now()
    from flows.clients c
    where c.client_code = ${clientCode} and i.client_id = c.id and i.id = ${id}
      and i.status = 'pending' and i.expires_at > now()`)
}

/** The clients, or the one of this id, that have pending invitations whose time is over. */
export function selectClientsWithOverdue(
  db: Database,
  clientId: string | undefined,
): Promise<{ id: string; clientCode: string }[]> {
  return db.many(sql`
    select c.id, c.client_code
    from flows.clients c
    where ${clientId === undefined ? sql`true` : sql`c.id = ${clientId}`}
      and exists (
        select from flows.invitations i
        where i.client_id = c.id and i.status = 'pending' and i.expires_at <= now())
    order by c.client_code`)
}

/** Marks a client's pending invitations whose time is over as expired; how many there were. */
export function markExpired(db: Database, clientId: string): Promise<number> {
  return db.run(sql`
    update flows.invitations i
    set status = 'expired'
    where i.client_id = ${clientId} and i.status = 'pending' and i.expires_at <= now()`)
}

/** What is kept of an invitation that is issued again. */
export type LockedInvitation = {
  status: InvitationStatus
  permissions: string[]
  maxUses: number
  usedCount: number
  restrictionNames: string[]
  invitedBy: string | null
}

/** An invitation of the client, held until the transaction ends: redeeming, revoking and erasing wait for it. */
export function lockInvitation(db: Database, clientId: string, id: string): Promise<LockedInvitation> {
  return db.one(sql`
    select ${status} as status, i.permissions, i.max_uses, i.used_count, i.restriction_names, i.invited_by
    from flows.invitations i
    where i.client_id = ${clientId} and i.id = ${id}
    for update`)
}

/** Lets another invitation take the place of a locked one. */
export async function markSuperseded(db: Database, clientId: string, id: string, by: string): Promise<void> {
  await db.run(sql`
    update flows.invitations
    set status = 'superseded', superseded_by = ${by}
    where client_id = ${clientId} and id = ${id}`)
}

/** Which of these ids are invitations of the client. */
export async function selectKnown(db: Database, clientId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`
    select i.id from flows.invitations i where i.client_id = ${clientId} and i.id = any (${ids}::uuid[])`)
  return rows.map(({ id }) => id)
}
