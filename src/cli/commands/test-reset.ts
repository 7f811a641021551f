import { readTiers } from '../../config/tiers.ts'
import { resetEmbedded } from '../../database/embedded/reset-embedded.ts'
import { command } from '../command.ts'
import { requireEmbedded } from '../require-embedded.ts'
import { sayInitialized } from '../say-initialized.ts'
import { setUpDatabase } from '../set-up-database.ts'

/** Deletes the embedded database with everything in it and sets up a new one. */
export const testReset = command({
  name: 'test:reset',
  about: 'Delete the embedded database with everything in it, and set up a new one',
  details: 'It refuses to work on any other database. The generated secrets stay.',
  flags: {
    confirm: { value: 'word', about: 'the word "reset", when nobody is there to type it' },
  },
  examples: ['test:reset --confirm reset', 'test:reset --confirm reset --json'],
  run: async (session, { confirm }) => {
    const folder = requireEmbedded(session.settings)
    await session.confirm(
      'reset',
      confirm,
      `Every client in the embedded database in ${folder} will be deleted.`,
    )
    const tiers = readTiers(session.settings.projectFolder)
    await resetEmbedded({ folder })
    return setUpDatabase(session, tiers)
  },
  say: sayInitialized,
})
