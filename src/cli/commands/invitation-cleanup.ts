import { cleanupInvitations } from '../../invitations/cleanup-invitations.ts'
import { command } from '../command.ts'

/** Marks invitations whose time is over. */
export const invitationCleanup = command({
  name: 'invitation:cleanup',
  about: 'Mark pending invitations whose time is over as expired, and destroy keys that none needs any more',
  details:
    'They are refused from the moment they expire in any case; this settles the figures. Of the keys that were rotated ' +
    'out, those go whose last invitation is over: what they sealed opens never again.',
  flags: { client: { value: 'code', about: 'only of this client' } },
  examples: ['invitation:cleanup', 'invitation:cleanup --client acme --dry-run --json'],
  changes: true,
  run: (session, { client }) => session.change((tx) => cleanupInvitations(tx, client)),
  say: ({ expired, clients, shredded }, style, { dryRun }) => {
    const [one, many] = dryRun ? ['would be', 'would be'] : ['is', 'are']
    const gone = [
      ...shredded.clients.map(
        ({ clientCode, epochs }) =>
          `Keys of ${clientCode} ${dryRun ? 'that would be ' : ''}destroyed: epoch ${epochs.join(', ')}.`,
      ),
      ...(shredded.signingKeys === 0
        ? []
        : [`Signing keys ${dryRun ? 'that would be ' : ''}marked as gone: ${shredded.signingKeys}.`]),
    ]
    if (expired === 0) return ['Nothing to do: no pending invitation is past its time.', ...gone].join('\n')
    const rows = clients.map((each) => [each.clientCode, String(each.expired)])
    return [
      `${expired} ${expired === 1 ? `invitation ${one}` : `invitations ${many}`} marked as expired.`,
      style.table([['CLIENT', 'EXPIRED'], ...rows]),
      ...gone,
    ].join('\n')
  },
})
