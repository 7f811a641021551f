import { stopEmbedded } from '../../database/embedded/stop-embedded.ts'
import { command } from '../command.ts'
import { requireEmbedded } from '../require-embedded.ts'

/** Stops the embedded server; its data stays. */
export const dbStop = command({
  name: 'db:stop',
  about: 'Stop the embedded database; its data stays, and the next command starts it again',
  flags: {},
  examples: ['db:stop', 'db:stop --json'],
  run: async ({ settings }) => ({ stopped: await stopEmbedded({ folder: requireEmbedded(settings) }) }),
  say: ({ stopped }) =>
    stopped ? 'The embedded database is stopped.' : 'The embedded database was not running.',
})
