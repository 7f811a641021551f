import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { tryRedeem } from './invitations.queries.ts'
import type { TokenAuthority } from './token/authority.ts'
import type { TokenClaims } from './token/claims.ts'
import { tokenHash } from './token/token-hash.ts'
import { verifyToken } from './token/verify-token.ts'
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
export type RedemptionFault = InvitationFault | 'already_redeemed' | 'member_inactive' | 'member_limit'

/** For whom, and by whom believed. */
export type RedeemOptions = Readonly<{
  authority: TokenAuthority
  /** The auth user who becomes a member of the client; without one the use is only counted. */
  userId?: string
}>

/**
 * Redeems an invitation as staff: one guarded update, so that of any number at once exactly `maxUses` succeed. The
 * restrictions bind a person who redeems alone (flows.redeem_invitation); here staff answer for them. A refusal is a
 * result and not an error, so that its audit event is kept.
 */
export async function redeemInvitation(
  db: Database,
  token: string,
  { authority, userId }: RedeemOptions,
): Promise<Redemption> {
  if (userId !== undefined) checkUserId(userId)
  const verdict = verifyToken(token, authority)
  if (!verdict.valid) {
    await recordTokenRefusal(db, verdict, 'redeem')
    return { redeemed: false, reason: verdict.reason, claims: verdict.claims }
  }
  const { claims } = verdict
  const asked = { clientCode: claims.invitation.clientCode, id: claims.sub, hash: tokenHash(token) }
  const { redeemed, reason, clientCode, appCode, permissions } = await tryRedeem(db, asked, userId)
  if (!redeemed || appCode === null || permissions === null) {
    return { redeemed: false, reason: reason as RedemptionFault, claims }
  }
  return { redeemed: true, invitationId: claims.sub, clientCode, appCode, permissions }
}

function checkUserId(userId: string): void {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(userId)) return
  throw new FlowsError('USAGE', 'The user must be given by the id of the account, a uuid in lower case', {
    hint: 'It is the column id of auth.users, and the claim sub of an access token.',
  })
}
