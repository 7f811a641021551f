import { readTiers } from '../../config/tiers.ts'
import { initDatabase } from '../../database/init-database.ts'
import { command } from '../command.ts'
import { finishSetup } from '../finish-setup.ts'
import { sayInitialized } from '../say-initialized.ts'

/** Sets up the database: the platform where it is missing, then every migration. */
export const dbInit = command({
  name: 'db:init',
  about: 'Set up the database: start it if it is the embedded one, then apply every migration',
  details: 'A plain Postgres is first given the roles and schemas of Supabase. Safe to run again.',
  flags: {},
  examples: ['db:init', 'db:init --dry-run --json'],
  changes: true,
  run: async (session) => {
    const { settings, dryRun, progress } = session
    const tiers = readTiers(settings.projectFolder)
    const initialized = await initDatabase(settings, { dryRun, progress })
    await finishSetup(session, tiers)
    return initialized
  },
  say: sayInitialized,
})
