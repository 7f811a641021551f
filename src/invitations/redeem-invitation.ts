import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { openToken } from './open-token.ts'
import { tryRedeem } from './redemption.queries.ts'
import type { TokenAuthority } from './token/authority.ts'
import type { TokenClaims } from './token/claims.ts'
import { tokenHash } from './token/token-hash.ts'
import { verifyToken } from './token/verify-token.ts'
import { type Redeemer, type UnmetRestriction, unmetRestriction } from './unmet-restriction.ts'
import { type InvitationFault, recordTokenRefusal } from './validate-invitation.ts'

/** What came of an attempt to redeem. */
export type Redemption =
  | Readonly<{
      redeemed: true
      invitationId: string
      clientCode: string
      appCode: string
      permissions: readonly string[]
    }>
  | Readonly<{ redeemed: false; reason: RedemptionFault; claims: TokenClaims | null }>

/** Why a token was not redeemed. */
export type RedemptionFault =
  | InvitationFault
  | UnmetRestriction
  | 'already_redeemed'
  | 'member_inactive'
  | 'member_limit'

/** For whom, and by whom believed. */
export type RedeemOptions = Readonly<{
  authority: TokenAuthority
  /** The auth user who becomes a member of the client; without one the use is only counted. */
  userId?: string | undefined
  /** What is known of the person, to hold the token's restrictions against. */
  redeemer?: Redeemer | undefined
  /** Opens the address that a token is bound to; without it a bound address is not met. */
  masterKey?: Buffer | undefined
}>

/**
 * Redeems an invitation for a person whom the calling server knows: one guarded update, so that of any number at once
 * exactly `maxUses` succeed. Every restriction of the token must be met by `redeemer`. A refusal is a result and not an
 * error, so that its audit event is kept.
 */
export async function redeemInvitation(
  db: Database,
  token: string,
  { authority, userId, redeemer = {}, masterKey }: RedeemOptions,
): Promise<Redemption> {
  if (userId !== undefined) checkUserId(userId)
  const verdict = verifyToken(token, authority)
  if (!verdict.valid) {
    await recordTokenRefusal(db, verdict, 'redeem')
    return { redeemed: false, reason: verdict.reason, claims: verdict.claims }
  }
  const { claims } = verdict
  const asked = { clientCode: claims.invitation.clientCode, id: claims.sub, hash: tokenHash(token) }
  const unmet = await unmetBy(db, token, claims, { authority, redeemer, masterKey })
  const { redeemed, reason, clientCode, appCode, permissions } = await tryRedeem(db, asked, userId, unmet)
  if (!redeemed || appCode === null || permissions === null) {
    return { redeemed: false, reason: reason as RedemptionFault, claims }
  }
  return { redeemed: true, invitationId: claims.sub, clientCode, appCode, permissions }
}

// Opened only where an address must be compared: whoever redeems without one has no need to know the person.
async function unmetBy(
  db: Database,
  token: string,
  { sub, invitation: { restrictions } }: TokenClaims,
  { authority, redeemer = {}, masterKey }: RedeemOptions,
): Promise<UnmetRestriction | undefined> {
  if (!restrictions.address || masterKey === undefined) return unmetRestriction(restrictions, redeemer)
  try {
    const { invitee } = await openToken(db, token, sub, { authority, masterKey })
    return unmetRestriction(restrictions, redeemer, invitee)
  } catch (error) {
    // What cannot be opened binds to nobody; why the token itself is refused, the database says before that.
    if (error instanceof FlowsError && error.code === 'INVITATION_NOT_VALID') return 'restriction_address'
    throw error
  }
}

function checkUserId(userId: string): void {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(userId)) return
  throw new FlowsError('USAGE', 'The user must be given by the id of the account, a uuid in lower case', {
    hint: 'It is the column id of auth.users, and the claim sub of an access token.',
  })
}
