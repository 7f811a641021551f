import type { Database } from '../database/database.ts'
import { every, type Sql, sql } from '../database/sql.ts'
import type { Invitation, InvitationStatus } from './invitation.ts'

// Nothing marks a row at the moment when its time runs out, so its state follows from the clock.
const status = sql`case when i.status = 'pending' and i.expires_at <= now() then 'expired' else i.status end`

const columns = sql`
  i.id, i.invitation_code, c.client_code, a.app_code, ${status} as status,
  i.max_uses, i.used_count, i.expires_at, i.created_at`

const tables = sql`
  flows.clients c
  join flows.invitations i on i.client_id = c.id
  join flows.client_applications a on a.client_id = i.client_id and a.id = i.app_id`

/** A new invitation with what proves and opens its token. */
export type InvitationRow = {
  clientId: string
  id: string
  appId: string
  invitationCode: string
  permissions: readonly string[]
  maxUses: number
  keyEpoch: number
  expiresAt: Date
  tokenHash: Buffer
  piiSalt: Buffer
}

/** Keeps an invitation and its secrets, in one statement so that neither is ever without the other. */
export async function insertInvitation(db: Database, row: InvitationRow): Promise<{ createdAt: Date }> {
  return db.one(sql`
    with invitation as (
      insert into flows.invitations
        (client_id, id, app_id, invitation_code, permissions, max_uses, key_epoch, expires_at)
      values (${row.clientId}, ${row.id}, ${row.appId}, ${row.invitationCode}, ${row.permissions},
        ${row.maxUses}, ${row.keyEpoch}, ${row.expiresAt})
      returning client_id, id, created_at
    ), secrets as (
      insert into flows_private.invitation_secrets (client_id, invitation_id, token_hash, pii_salt)
      select client_id, id, ${row.tokenHash}, ${row.piiSalt} from invitation
    )
    select created_at from invitation`)
}

/** What a list is narrowed to; what is left out does not narrow it. */
export type InvitationConditions = {
  clientId?: string | undefined
  appCode?: string | undefined
  status?: InvitationStatus | undefined
  /** Still pending, and over within so many seconds. */
  expiringWithin?: number | undefined
  /** An invitation's id or its code. */
  named?: string | undefined
}

/** Matching invitations, newest first. */
export function selectInvitations(
  db: Database,
  conditions: InvitationConditions,
  limit: number,
): Promise<Invitation[]> {
  return db.many(sql`
    select ${columns}
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
    ...(more.named === undefined
      ? []
      : [sql`(i.invitation_code = ${more.named} or i.id::text = ${more.named})`]),
  ]
}

/** What validating and opening a token needs to know of its invitation. */
export type InvitationRecord = {
  clientId: string
  clientStatus: 'active' | 'inactive'
  status: InvitationStatus
  usedCount: number
  maxUses: number
  expiresAt: Date
  keyEpoch: number
  tokenHash: Buffer | null
  piiSalt: Buffer | null
}

/** The invitation that a token speaks of, by the client and id that it is signed with. */
export function findInvitationRecord(
  db: Database,
  clientCode: string,
  id: string,
): Promise<InvitationRecord | undefined> {
  return db.maybe(sql`
    select i.client_id, c.status as client_status, ${status} as status, i.used_count, i.max_uses, i.expires_at,
      i.key_epoch, s.token_hash, s.pii_salt
    from ${tables}
    join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
    where c.client_code = ${clientCode} and i.id = ${id}`)
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

/** What the database says to an attempt to redeem. */
export type RedemptionRow = {
  redeemed: boolean
  reason: string | null
  clientCode: string
  appCode: string | null
  permissions: string[] | null
}

/** Tries to redeem: counts the use and makes the user a member, or says and records why not. */
export function tryRedeem(
  db: Database,
  token: { clientCode: string; id: string; hash: Buffer },
  userId: string | undefined,
): Promise<RedemptionRow> {
  return db.one(sql`
    select redeemed, reason, client_code, app_code, permissions
    from flows_private.redeem(${token.clientCode}, ${token.id}, ${token.hash}, ${userId ?? null})`)
}
