import { revokeInvitation } from '../../invitations/revoke-invitation.ts'
import { command } from '../command.ts'

/** Revokes a pending invitation. */
export const invitationRevoke = command({
  name: 'invitation:revoke',
  about: 'Revoke a pending invitation, so that its token is refused from now on',
  arguments: [{ name: 'invitation', about: 'its id or its code', required: true }],
  flags: { client: { value: 'code', about: 'the client it belongs to' } },
  examples: [
    'invitation:revoke 7K3Q-F9XM-2DWA --client acme',
    'invitation:revoke 7K3Q-F9XM-2DWA --dry-run --json',
  ],
  changes: true,
  run: (session, { client }, name) =>
    session.change((tx) => revokeInvitation(tx, name, client === undefined ? {} : { clientCode: client })),
  say: ({ invitationCode, clientCode, usedCount }, _, { dryRun }) =>
    `Invitation ${invitationCode} of ${clientCode} ${dryRun ? 'would be' : 'is'} revoked (used ${usedCount} ${usedCount === 1 ? 'time' : 'times'} before).`,
})
