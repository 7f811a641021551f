import { parseDuration } from '../../base/duration.ts'
import { createInvitation } from '../../invitations/create-invitation.ts'
import type { Invitee } from '../../invitations/invitee.ts'
import { parseRestrictions } from '../../invitations/restrictions.ts'
import { command } from '../command.ts'
import { invitationKeys } from '../invitation-keys.ts'

/** Issues an invitation and shows its token, this once. */
export const invitationCreate = command({
  name: 'invitation:create',
  about: 'Issue an invitation and show its token, this once',
  details:
    'Name and addresses go into the token only, encrypted: the database never holds them, nor the token. ' +
    'Hand the link on at once; a lost one cannot be shown again, only revoked.',
  flags: {
    client: { value: 'code', required: true, about: 'the client that invites' },
    app: { value: 'code', required: true, about: 'the application that the invitation opens' },
    invitee: { value: 'address', about: 'company address of the person; may be left out with --max-uses' },
    'full-name': { value: 'name', about: 'name of the person' },
    'private-email': { value: 'address', about: 'private address of the person' },
    permission: { value: 'name', repeat: true, about: "a permission from the application's catalogue" },
    restriction: {
      value: 'key=value',
      repeat: true,
      about: 'who may redeem: domain=acme.com, ip=192.0.2.0/24 or mfa=true',
    },
    'max-uses': { value: 'number', default: '1', about: 'how many people may use it, 1 to 10000' },
    'expires-in': { value: 'duration', default: '7d', about: 'how long it lives, at most 366d' },
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
      expiresIn: parseDuration(flags['expires-in']),
    }
    const { token, url, ...invitation } = await session.change((tx) => createInvitation(tx, draft, keys))
    // What was taken back has no token: one that was shown would never be accepted.
    return session.dryRun ? { ...invitation, token: null, url: null } : { ...invitation, token, url }
  },
  say: ({ invitationCode, clientCode, appCode, maxUses, expiresAt, token, url }, style) => {
    const uses = maxUses === 1 ? 'once' : `${maxUses} times`
    const about = `Invitation ${invitationCode} to ${appCode} of ${clientCode}, to be used ${uses} until ${expiresAt.toISOString()}`
    if (token === null) return `${about}: would be issued; it was taken back.`
    return [
      `${about}.`,
      '',
      style.bold('Token, shown only now:'),
      token,
      '',
      style.bold('Link to send:'),
      url,
    ].join('\n')
  },
})

function inviteeFrom(flags: {
  readonly invitee: string | undefined
  readonly 'full-name': string | undefined
  readonly 'private-email': string | undefined
}): Invitee {
  return {
    ...(flags['full-name'] === undefined ? {} : { fullName: flags['full-name'] }),
    ...(flags.invitee === undefined ? {} : { companyEmail: flags.invitee }),
    ...(flags['private-email'] === undefined ? {} : { privateEmail: flags['private-email'] }),
  }
}
