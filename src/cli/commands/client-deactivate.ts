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
  flags: {
    confirm: {
      value: 'code',
      about: 'the code again, as a guard in scripts: nothing happens unless they agree',
    },
  },
  examples: ['client:deactivate acme --dry-run', 'client:deactivate acme --confirm acme --json'],
  changes: true,
  run: async (session, { confirm }, code) => {
    if (confirm !== undefined) await session.confirm(code, confirm, `Client ${code} would be shut out.`)
    return session.change((tx) => deactivateClient(tx, code))
  },
  say: ({ clientCode }, _, { dryRun }) =>
    dryRun
      ? `Client ${clientCode} would be deactivated: its members would see nothing, its invitations could not be redeemed.`
      : `Client ${clientCode} is deactivated: its members see nothing, its invitations cannot be redeemed.\n` +
        `Nothing was deleted. Let it in again with: client:reactivate ${clientCode}`,
})
