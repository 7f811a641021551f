import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { SigningKeyState } from '../keys/signing-key.ts'
import type { InvitationStatus } from './invitation.ts'
import { status, tables } from './invitations.queries.ts'

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

/** Counts a token that no invitation belongs to; false where there were too many of them in this hour. */
export async function mayBeUnknown(db: Database, clientCode: string | null): Promise<boolean> {
  const { allowed } = await db.one<{ allowed: boolean }>(
    sql`select flows_private.may_be_unknown(${clientCode}) as allowed`,
  )
  return allowed
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
