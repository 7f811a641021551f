import { resendInvitation } from '../../invitations/resend-invitation.ts'
import { parseRestrictions } from '../../invitations/restrictions.ts'
import { command } from '../command.ts'
import { inviteeFlags, inviteeFrom, termFlags, termsFrom } from '../invitation-flags.ts'
import { invitationKeys } from '../invitation-keys.ts'
import { issueIn } from '../issue-in.ts'
import { postbox, sendFlag } from '../postbox.ts'
import { deliveryExit, sayIssued, shownInvitation } from '../say-issued.ts'

/** Issues an invitation again under a new token. */
export const invitationResend = command({
  name: 'invitation:resend',
  about: 'Issue an invitation again, or extend it: a new token takes the place of the old one',
  details:
    'Name and addresses live in the old token only, so give that (--token-file), or the person anew (--invitee). ' +
    'The expiry is signed: to extend an invitation is to resend it with --expires-in. The old token is refused from ' +
    'then on, also where it had expired already; uses that were left are kept.',
  arguments: [{ name: 'invitation', about: 'its id or its code', required: true }],
  flags: {
    client: { value: 'code', about: 'the client it belongs to' },
    'token-file': {
      value: 'path',
      about: 'take person and restrictions from the old token in this file, or -',
    },
    ...inviteeFlags,
    ...termFlags,
    send: sendFlag,
  },
  examples: [
    'invitation:resend 7K3Q-F9XM-2DWA --client acme --token-file invitation.jwt --expires-in 14d',
    'invitation:resend 7K3Q-F9XM-2DWA --invitee ada@acme.example --json',
  ],
  changes: true,
  run: async (session, flags, name) => {
    const keys = invitationKeys(session.settings)
    const file = flags['token-file']
    const draft = {
      clientCode: flags.client,
      token: file === undefined ? undefined : await session.readText(file),
      invitee: inviteeFrom(flags),
      restrictions: flags.restriction.length === 0 ? undefined : parseRestrictions(flags.restriction),
      ...termsFrom(flags),
    }
    const post = postbox(session, flags.send)
    return shownInvitation(
      await issueIn(session, (db) => resendInvitation(db, name, draft, keys, { post })),
      session,
    )
  },
  say: (resent, style, { dryRun }) =>
    `${sayIssued(resent, style)}\n\nIt ${dryRun ? 'would take' : 'takes'} the place of ${resent.supersedes}, whose token ${dryRun ? 'would be' : 'is'} refused from ${dryRun ? 'then' : 'now'} on.`,
  exit: (resent) => deliveryExit(resent),
})
