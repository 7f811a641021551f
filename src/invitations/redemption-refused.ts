import { FlowsError } from '../base/errors.ts'
import type { Redemption, RedemptionFault } from './redeem-invitation.ts'

const sentences: Record<RedemptionFault, string> = {
  malformed: 'This is not an invitation token',
  signature: 'The token was not signed with a key in use (JWT_SECRET, JWT_KEY_FILE)',
  issuer: 'The token was issued by somebody else than JWT_ISSUER',
  audience: 'The token is meant for another audience than JWT_AUDIENCE',
  not_yet_valid: 'The token is for a later time',
  expired: 'The invitation has expired',
  restriction_unknown: 'The token has a restriction that this version does not know',
  unknown: 'No invitation in this database belongs to this token',
  key_revoked: 'The key that signed this token was revoked',
  client_inactive: 'The client of this invitation is deactivated',
  redeemed: 'The invitation has been used as often as it may be',
  revoked: 'The invitation was revoked',
  superseded: 'A newer token has taken the place of this one',
  erased: 'The invitation was erased',
  already_redeemed: 'This user has redeemed the invitation already',
  member_inactive: 'This user was put out of the client after the invitation was made',
  rate_limited: 'Too many unknown tokens have named this client in this hour',
  restriction_address: 'The invitation is bound to another address than the one given',
  restriction_domain: 'The invitation is restricted to other domains than that of the address given',
  restriction_ip: 'The invitation is restricted to other networks than that of the request',
  restriction_mfa: 'The invitation asks for a sign-in with a second factor',
  member_limit: 'The client has as many members as its tier allows',
}

// Seen in the token itself, so that validating it says the same.
const faultsOfTokens: readonly RedemptionFault[] = [
  'malformed',
  'signature',
  'issuer',
  'audience',
  'not_yet_valid',
  'expired',
  'restriction_unknown',
]

/** The reason for a refusal as staff may read it; whoever holds the token is told only that it is not valid. */
export function sayFault(reason: RedemptionFault): string {
  return sentences[reason]
}

/** The refusal of an unknown token where there were too many of them before. */
export function rateLimited(): FlowsError {
  return new FlowsError('INVITATION_RATE_LIMITED', sayFault('rate_limited'), {
    hint: 'Good tokens are redeemed all the same. See who tries with: audit:list --verb refuse',
  })
}

/** The error for a refused redemption: INVITATION_NOT_VALID, INVITATION_RATE_LIMITED, MEMBER_LIMIT_REACHED or INVITATION_NOT_REDEEMABLE. */
export function redemptionRefused({ reason, claims }: Extract<Redemption, { redeemed: false }>): FlowsError {
  const sentence = sayFault(reason)
  if (faultsOfTokens.includes(reason)) {
    return new FlowsError('INVITATION_NOT_VALID', sentence, {
      hint: 'Check the whole token with: invitation:validate --token-file <file>',
    })
  }
  const client = claims?.invitation.clientCode ?? '<code>'
  if (reason === 'rate_limited') return rateLimited()
  if (reason.startsWith('restriction_')) {
    return new FlowsError('INVITATION_NOT_REDEEMABLE', sentence, {
      hint: 'Say who redeems with --address, --ip and --mfa, as far as it is known for certain.',
    })
  }
  return reason === 'member_limit'
    ? new FlowsError('MEMBER_LIMIT_REACHED', sentence, {
        hint: `See its limits with: client:status ${client}, and raise them with: client:update ${client} --tier <tier>`,
      })
    : new FlowsError('INVITATION_NOT_REDEEMABLE', sentence, {
        hint: `See the client's invitations with: invitation:list --client ${client}`,
      })
}
