import { redeemInvitation } from '../../invitations/redeem-invitation.ts'
import { redemptionRefused } from '../../invitations/redemption-refused.ts'
import { tokenAuthority } from '../../invitations/token/authority.ts'
import { command } from '../command.ts'
import { readToken, tokenFile } from '../token-input.ts'

/** Redeems a token as staff. */
export const invitationRedeem = command({
  name: 'invitation:redeem',
  about: 'Redeem a token as staff, and make a user a member of its client',
  details:
    'A person redeems alone by the function redeem_invitation of the API. Here staff answer for its restrictions. ' +
    'Without --user the use is only counted.',
  arguments: [{ name: 'token', about: 'the token; left out, it is read from standard input' }],
  flags: {
    'token-file': tokenFile,
    user: { value: 'id', about: 'id of the account (auth.users) that becomes a member' },
  },
  examples: [
    'invitation:redeem --token-file invitation.jwt',
    'invitation:redeem --token-file invitation.jwt --user 7f0c9a52-6f5e-4a43-9d0e-0a6d4a5b1c11 --json',
  ],
  changes: true,
  run: async (session, flags, argument) => {
    const token = await readToken(session, argument, flags['token-file'])
    const authority = tokenAuthority(session.settings)
    const result = await session.change((tx) =>
      redeemInvitation(tx, token, { authority, ...(flags.user === undefined ? {} : { userId: flags.user }) }),
    )
    if (!result.redeemed) throw redemptionRefused(result)
    const { redeemed, invitationId, clientCode, permissions } = result
    return { redeemed, invitationId, clientCode, permissions }
  },
  say: ({ invitationId, clientCode, permissions }) =>
    `Invitation ${invitationId} of ${clientCode} is redeemed; permissions: ${permissions.join(', ') || 'none'}.`,
})
