import { redeemInvitation } from '../../invitations/redeem-invitation.ts'
import { redemptionRefused } from '../../invitations/redemption-refused.ts'
import { command } from '../command.ts'
import { invitationKeys } from '../invitation-keys.ts'
import { readToken, tokenFile } from '../token-input.ts'

/** Redeems a token as staff. */
export const invitationRedeem = command({
  name: 'invitation:redeem',
  about: 'Redeem a token as staff, and make a user a member of its client',
  details:
    'A person redeems alone by the function redeem_invitation of the API. Here staff say who redeems, and the ' +
    'restrictions of the token are held against that: give only what is known for certain (a verified address). ' +
    'Without --user the use is only counted.',
  arguments: [{ name: 'token', about: 'the token; left out, it is read from standard input' }],
  flags: {
    'token-file': tokenFile,
    user: { value: 'id', about: 'id of the account (auth.users) that becomes a member' },
    address: { value: 'address', about: "the account's verified address, for a bound address or a domain" },
    ip: { value: 'address', about: 'where the request came from, IPv4 or IPv6' },
    mfa: { about: 'the account signed in with a second factor' },
  },
  examples: [
    'invitation:redeem --token-file invitation.jwt',
    'invitation:redeem --token-file invitation.jwt --user 7f0c9a52-6f5e-4a43-9d0e-0a6d4a5b1c11 --json',
  ],
  changes: true,
  run: async (session, flags, argument) => {
    const token = await readToken(session, argument, flags['token-file'])
    const { user: userId, address, ip, mfa } = flags
    const options = { ...invitationKeys(session.settings), userId, redeemer: { address, ip, mfa } }
    const result = await session.change((tx) => redeemInvitation(tx, token, options))
    if (!result.redeemed) throw redemptionRefused(result)
    const { redeemed, invitationId, clientCode, permissions } = result
    return { redeemed, invitationId, clientCode, permissions }
  },
  say: ({ invitationId, clientCode, permissions }, _, { dryRun }) =>
    `Invitation ${invitationId} of ${clientCode} ${dryRun ? 'would be' : 'is'} redeemed; permissions: ${permissions.join(', ') || 'none'}.`,
})
