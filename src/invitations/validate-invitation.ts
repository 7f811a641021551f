import { recordRefusal } from '../audit/record-refusal.ts'
import type { Database } from '../database/database.ts'
import { equalBytes } from '../keys/equal-bytes.ts'
import { findClientKeyOfEpoch } from '../keys/find-client-key-of-epoch.ts'
import type { InvitationStatus } from './invitation.ts'
import type { InvitationKeys } from './invitation-keys.ts'
import type { Invitee } from './invitee.ts'
import { openInvitee } from './invitee-cipher.ts'
import { findInvitationRecord, type InvitationRecord, mayBeUnknown } from './redemption.queries.ts'
import type { TokenClaims } from './token/claims.ts'
import type { TokenFault, TokenVerdict } from './token/read-token.ts'
import { tokenHash } from './token/token-hash.ts'
import { verifyToken } from './token/verify-token.ts'

/** Why a token is refused once its invitation was looked up. */
export type InvitationFault =
  | TokenFault
  | 'unknown'
  | 'rate_limited'
  | 'key_revoked'
  | 'client_inactive'
  | Exclude<InvitationStatus, 'pending'>

/** What the database says about the invitation of a token. */
export type OnlineState = Readonly<{
  status: InvitationStatus
  usedCount: number
  maxUses: number
  clientStatus: 'active' | 'inactive'
  expiresAt: Date
}>

/** A verdict with the database's word on it; the invitee is there only for a valid token. */
export type OnlineVerdict =
  | TokenVerdict
  | Readonly<{ valid: true; claims: TokenClaims; online: OnlineState; invitee?: Invitee }>
  | Readonly<{ valid: false; reason: InvitationFault; claims: TokenClaims | null; online?: OnlineState }>

/**
 * Checks a token and its invitation, and opens the name and addresses if both are good. A refusal is recorded in the
 * audit trail, so not inside a transaction that is about to be taken back.
 */
export async function validateInvitation(
  db: Database,
  token: string,
  { authority, masterKey }: InvitationKeys,
): Promise<OnlineVerdict> {
  const verdict = verifyToken(token, authority)
  const result = verdict.valid ? await lookUp(db, token, verdict.claims, masterKey) : verdict
  if (result.valid) return result
  const refused = (await isOneTooMany(db, result)) ? { ...result, reason: 'rate_limited' as const } : result
  await recordTokenRefusal(db, refused, 'validate')
  return refused
}

// A token whose invitation is known may be refused as often as it is shown: its reason is no secret to who holds it.
async function isOneTooMany(db: Database, { reason, claims }: RefusedToken): Promise<boolean> {
  const isUnknown = claims === null || reason === 'unknown'
  return isUnknown && !(await mayBeUnknown(db, claims?.invitation.clientCode ?? null))
}

type RefusedToken = { reason: string; claims: TokenClaims | null }

/** Records that a token was refused, without the token. */
export async function recordTokenRefusal(
  db: Database,
  { reason, claims }: RefusedToken,
  attempt: 'validate' | 'redeem',
): Promise<void> {
  await recordRefusal(db, {
    ...(claims === null ? {} : { clientCode: claims.invitation.clientCode }),
    table: 'invitations',
    rowId: claims?.sub ?? 'unreadable',
    attempt,
    reason,
  })
}

async function lookUp(
  db: Database,
  token: string,
  claims: TokenClaims,
  masterKey: Buffer,
): Promise<OnlineVerdict> {
  const record = await findInvitationRecord(db, claims.invitation.clientCode, claims.sub)
  if (record === undefined) return { valid: false, reason: 'unknown', claims }
  const reason = faultOf(record, token)
  if (reason === 'unknown') return { valid: false, reason, claims }
  const { status, usedCount, maxUses, clientStatus, expiresAt } = record
  const online = { status, usedCount, maxUses, clientStatus, expiresAt }
  if (reason !== undefined) return { valid: false, reason, claims, online }
  const invitee = await openFor(db, record, claims, masterKey)
  return { valid: true, claims, online, ...(invitee === undefined ? {} : { invitee }) }
}

function faultOf(record: InvitationRecord, token: string): InvitationFault | undefined {
  // An erased invitation has no hash left to compare; the signature has already shown that the token is ours.
  if (record.status === 'erased') return 'erased'
  if (record.tokenHash === null || !equalBytes(record.tokenHash, tokenHash(token))) return 'unknown'
  if (record.signingKeyState === 'revoked' || record.signingKeyState === 'shredded') return 'key_revoked'
  if (record.clientStatus !== 'active') return 'client_inactive'
  if (record.status !== 'pending') return record.status
  return record.notYet ? 'not_yet_valid' : undefined
}

async function openFor(
  db: Database,
  { clientId, keyEpoch, piiSalt }: InvitationRecord,
  claims: TokenClaims,
  masterKey: Buffer,
): Promise<Invitee | undefined> {
  const clientKey = await findClientKeyOfEpoch(db, { clientId, epoch: keyEpoch, masterKey })
  if (clientKey === undefined || piiSalt === null) return undefined
  return openInvitee(claims.invitation.invitee, { clientKey, salt: piiSalt, invitationId: claims.sub })
}
