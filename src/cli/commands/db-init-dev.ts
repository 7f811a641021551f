import { command } from '../command.ts'
import { ensureDemoClients } from '../demo-clients.ts'
import { requireEmbedded } from '../require-embedded.ts'
import { sayInitialized } from '../say-initialized.ts'
import { setUpDatabase } from '../set-up-database.ts'

/** Sets up the embedded database and fills it with clients to try things on. */
export const dbInitDev = command({
  name: 'db:init:dev',
  about: 'Set up the embedded database with the demonstration clients acme (free) and globex (pro)',
  flags: {},
  examples: ['db:init:dev', 'db:init:dev --json'],
  run: async (session) => {
    requireEmbedded(session.settings)
    const initialized = await setUpDatabase(session)
    const clients = await ensureDemoClients(await session.database(), session.settings)
    return {
      ...initialized,
      clients: clients.map(({ clientCode, tier, existed }) => ({ clientCode, tier, existed })),
    }
  },
  say: ({ clients, ...initialized }) =>
    [
      sayInitialized(initialized),
      ...clients.map(({ clientCode, tier, existed }) =>
        existed ? `Client ${clientCode} (${tier}) was there.` : `Client ${clientCode} (${tier}) is ready.`,
      ),
    ].join('\n'),
})
