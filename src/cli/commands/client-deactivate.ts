import { deactivateClient } from '../../clients/deactivate-client.ts'
import { command } from '../command.ts'

/** Shuts a client out at once, and deletes nothing. */
export const clientDeactivate = command({
  name: 'client:deactivate',
  about: 'Shut a client out at once; nothing is deleted',
  details:
    'Its members see nothing from the next request on, although their sessions go on; its files are closed and its ' +
    'invitations cannot be redeemed. client:reactivate undoes it.',
  arguments: [{ name: 'code', about: "the client's code", required: true }],
  flags: {},
  examples: ['client:deactivate acme --dry-run', 'client:deactivate acme --dry-run --json'],
  changes: true,
  run: (session, _flags, code) => session.change((tx) => deactivateClient(tx, code)),
  say: ({ clientCode }) =>
    `Client ${clientCode} is deactivated: its members see nothing, its invitations cannot be redeemed.\n` +
    `Nothing was deleted. Let it in again with: client:reactivate ${clientCode}`,
})
