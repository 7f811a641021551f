import { command } from '../command.ts'
import { sayInitialized } from '../say-initialized.ts'
import { setUpDatabase } from '../set-up-database.ts'

/** Sets up the database: the platform where it is missing, then every migration. */
export const dbInit = command({
  name: 'db:init',
  about: 'Set up the database: start it if it is the embedded one, then apply every migration',
  details: 'A plain Postgres is first given the roles and schemas of Supabase. Safe to run again.',
  flags: {},
  examples: ['db:init', 'db:init --dry-run --json'],
  changes: true,
  run: (session) => setUpDatabase(session),
  say: sayInitialized,
})
