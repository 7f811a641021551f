import { createInvitation } from '../../invitations/create-invitation.ts'
import { parseRestrictions } from '../../invitations/restrictions.ts'
import { command } from '../command.ts'
import { inviteeFlags, inviteeFrom, termFlags, termsFrom } from '../invitation-flags.ts'
import { invitationKeys } from '../invitation-keys.ts'
import { issueIn } from '../issue-in.ts'
import { postbox, sendFlag } from '../postbox.ts'
import { deliveryExit, sayIssued, shownInvitation } from '../say-issued.ts'

/** Issues an invitation and shows its token, this once. */
export const invitationCreate = command({
  name: 'invitation:create',
  about: 'Issue an invitation and show its token, this once',
  details:
    'Name and addresses go into the token only, encrypted: the database never holds them, nor the token. ' +
    'Hand the link on at once; a lost one cannot be shown again, only replaced (invitation:resend) or revoked.',
  flags: {
    client: { value: 'code', required: true, about: 'the client that invites' },
    app: { value: 'code', required: true, about: 'the application that the invitation opens' },
    ...inviteeFlags,
    permission: { value: 'name', repeat: true, about: "a permission from the application's catalogue" },
    'max-uses': { value: 'number', default: '1', about: 'how many people may use it, 1 to 10000' },
    ...termFlags,
    send: sendFlag,
    'as-member': {
      value: 'id',
      about: 'invite in the name of this admin of the client (auth.users), who hands on only what it has',
    },
  },
  examples: [
    'invitation:create --client acme --app offboarding --invitee ada@acme.example --expires-in 7d',
    'invitation:create --client acme --app offboarding --max-uses 25 --restriction domain=acme.example --json',
  ],
  changes: true,
  run: async (session, flags) => {
    const keys = invitationKeys(session.settings)
    const draft = {
      clientCode: flags.client,
      appCode: flags.app,
      invitee: inviteeFrom(flags),
      permissions: flags.permission,
      restrictions: parseRestrictions(flags.restriction),
      maxUses: Number(flags['max-uses']),
      invitedBy: flags['as-member'],
      ...termsFrom(flags),
    }
    const post = postbox(session, flags.send)
    return shownInvitation(
      await issueIn(session, (db) => createInvitation(db, draft, keys, { post })),
      session,
    )
  },
  say: sayIssued,
  exit: deliveryExit,
})
