import type { MailFault } from '../clients/mail.ts'
import type { Database } from '../database/database.ts'
import { every, type Sql, sql } from '../database/sql.ts'
import type { SigningKeyState } from '../keys/signing-key.ts'
import type { Delivery, Invitation, InvitationStatus } from './invitation.ts'

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
  id: string
  appId: string
  invitationCode: string
  permissions: readonly string[]
  maxUses: number
  keyEpoch: number
  signingKid: string
  expiresAt: Date
  notBefore: Date | null
  restrictionNames: readonly string[]
  invitedBy: string | null
  tokenHash: Buffer
  piiSalt: Buffer
}

/**
 * Keeps invitations of one client and their secrets, in one statement so that neither is ever without the other, and
 * gives the moment. Those that a mail follows are noted as such.
 */
export async function insertInvitations(
  db: Database,
  clientId: string,
  rows: readonly InvitationRow[],
  mailed: boolean,
): Promise<Date> {
  const json = JSON.stringify(
    rows.map((row) => ({
      ...row,
      tokenHash: `\\x${row.tokenHash.toString('hex')}`,
      piiSalt: `\\x${row.piiSalt.toString('hex')}`,
    })),
  )
  const { createdAt } = await db.one<{ createdAt: Date }>(sql`
    with given as (
      select * from jsonb_to_recordset(${json}::jsonb) as given (
        "id" uuid, "appId" uuid, "invitationCode" text, "permissions" text[], "maxUses" integer, "keyEpoch" integer,
        "signingKid" text, "expiresAt" timestamptz, "notBefore" timestamptz, "restrictionNames" text[],
        "invitedBy" uuid, "tokenHash" bytea, "piiSalt" bytea)
    ), invitations as (
      insert into flows.invitations
        (client_id, id, app_id, invitation_code, permissions, max_uses, key_epoch, expires_at, not_before,
          restriction_names, invited_by, delivery)
      select ${clientId}::uuid, "id", "appId", "invitationCode", "permissions", "maxUses", "keyEpoch", "expiresAt",
        "notBefore", "restrictionNames", "invitedBy", case when ${mailed}::boolean then 'pending' end
      from given
      returning client_id, id, created_at
    ), secrets as (
      insert into flows_private.invitation_secrets (client_id, invitation_id, token_hash, pii_salt, signing_kid)
      select i.client_id, i.id, "tokenHash", "piiSalt", "signingKid"
      from invitations i join given on given."id" = i.id
    )
    select max(created_at) as created_at from invitations`)
  return createdAt
}

/** Counts new invitations of a client; false where its tier allows no more of them in this hour. */
export async function mayIssue(db: Database, clientId: string, count: number): Promise<boolean> {
  const { allowed } = await db.one<{ allowed: boolean }>(
    sql`select flows_private.may_issue(${clientId}, ${count}) as allowed`,
  )
  return allowed
}

/** Counts a token that no invitation belongs to; false where there were too many of them in this hour. */
export async function mayBeUnknown(db: Database, clientCode: string | null): Promise<boolean> {
  const { allowed } = await db.one<{ allowed: boolean }>(
    sql`select flows_private.may_be_unknown(${clientCode}) as allowed`,
  )
  return allowed
}

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

/** What validating and opening a token needs to know of its invitation. */
export type InvitationRecord = {
  clientId: string
  clientStatus: 'active' | 'inactive'
  status: InvitationStatus
  usedCount: number
  maxUses: number
  expiresAt: Date
  notYet: boolean
  keyEpoch: number
  tokenHash: Buffer | null
  piiSalt: Buffer | null
  /** Null for a key that is not on record. */
  signingKeyState: SigningKeyState | null
}

/** The invitation that a token speaks of, by the client and id that it is signed with. */
export function findInvitationRecord(
  db: Database,
  clientCode: string,
  id: string,
): Promise<InvitationRecord | undefined> {
  return db.maybe(sql`
    select i.client_id, c.status as client_status, ${status} as status, i.used_count, i.max_uses, i.expires_at,
      coalesce(i.not_before > now(), false) as not_yet, i.key_epoch, s.token_hash, s.pii_salt, k.state as signing_key_state
    from ${tables}
    join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
    left join flows_private.signing_keys k on k.kid = s.signing_kid
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

/** Whether an invitation can still be redeemed and nothing is known of a mail of it. */
export async function isUnsent(db: Database, clientCode: string, id: string): Promise<boolean> {
  const { unsent } = await db.one<{ unsent: boolean }>(sql`
    select exists (
      select from flows.invitations i join flows.clients c on c.id = i.client_id
      where c.client_code = ${clientCode} and i.id = ${id}
        and i.status = 'pending' and i.expires_at > now() and coalesce(i.delivery, 'pending') = 'pending'
    ) as unsent`)
  return unsent
}

/** Notes what became of the mail of an invitation. */
export async function markDelivery(
  db: Database,
  { clientCode, id }: { clientCode: string; id: string },
  fault: MailFault | null,
): Promise<void> {
  await db.run(sql`
    update flows.invitations i
    set delivery = case when ${fault}::text is null then 'sent' else 'failed' end,
      delivery_fault = ${fault},
      delivered_at = case when ${fault}::text is null then now() end
    from flows.clients c
    where c.client_code = ${clientCode} and i.client_id = c.id and i.id = ${id}`)
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
  unmet: string | undefined,
): Promise<RedemptionRow> {
  return db.one(sql`
    select redeemed, reason, client_code, app_code, permissions
    from flows_private.redeem(
      ${token.clientCode}, ${token.id}, ${token.hash}, ${userId ?? null}, ${unmet ?? null})`)
}
