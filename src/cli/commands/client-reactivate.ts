import { reactivateClient } from '../../clients/reactivate-client.ts'
import { command } from '../command.ts'

/** Lets a deactivated client in again. */
export const clientReactivate = command({
  name: 'client:reactivate',
  about: 'Let a deactivated client in again, with everything it had',
  arguments: [{ name: 'code', about: "the client's code", required: true }],
  flags: {},
  examples: ['client:reactivate acme', 'client:reactivate acme --json'],
  changes: true,
  run: (session, _flags, code) => session.change((tx) => reactivateClient(tx, code)),
  say: ({ clientCode }, _, { dryRun }) =>
    `Client ${clientCode} ${dryRun ? 'would be active: its members would see' : 'is active: its members see'} their data again.`,
})
