import { cleanupInvitations } from '../../invitations/cleanup-invitations.ts'
import { command } from '../command.ts'

/** Marks invitations whose time is over. */
export const invitationCleanup = command({
  name: 'invitation:cleanup',
  about: 'Mark pending invitations whose time is over as expired',
  details: 'They are refused from the moment they expire in any case; this settles the figures.',
  flags: { client: { value: 'code', about: 'only of this client' } },
  examples: ['invitation:cleanup', 'invitation:cleanup --client acme --dry-run --json'],
  changes: true,
  run: (session, { client }) => session.change((tx) => cleanupInvitations(tx, client)),
  say: ({ expired, clients }, style) =>
    expired === 0
      ? 'Nothing to do: no pending invitation is past its time.'
      : [
          `${expired} ${expired === 1 ? 'invitation is' : 'invitations are'} marked as expired.`,
          style.table([
            ['CLIENT', 'EXPIRED'],
            ...clients.map((each) => [each.clientCode, String(each.expired)]),
          ]),
        ].join('\n'),
})
