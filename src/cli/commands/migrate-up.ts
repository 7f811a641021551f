import { readTiers } from '../../config/tiers.ts'
import { migrateUp as migrate } from '../../database/migrate/migrate-up.ts'
import { command } from '../command.ts'
import { finishSetup } from '../finish-setup.ts'

/** Applies every pending migration. */
export const migrateUp = command({
  name: 'migrate:up',
  about: 'Apply every pending migration, each whole or not at all',
  details:
    'Refuses to start if an applied file was edited, renamed or removed, or if a file comes too late. ' +
    'Live queries are never held up for longer than the lock timeout: what does not get its locks at once is tried again. ' +
    'With --dry-run everything is really run in one transaction, and taken back.',
  flags: {},
  examples: ['migrate:up', 'migrate:up --dry-run'],
  changes: true,
  run: async (session) => {
    const tiers = readTiers(session.settings.projectFolder)
    const result = await migrate(await session.owner(), session.settings.migrationsFolder, {
      dryRun: session.dryRun,
      progress: session.progress,
    })
    await finishSetup(session, tiers)
    return result
  },
  say: ({ applied, pending, dryRun }, style) => {
    const lines = applied.map(
      ({ version, name, durationMs }) => `${version}_${name}  ${style.dim(`${durationMs} ms`)}`,
    )
    const untried = pending.map(
      ({ version, name }) => `${version}_${name}  runs outside a transaction: not tried`,
    )
    if (lines.length + untried.length === 0) return 'Nothing to do: the database is up to date.'
    const heading = dryRun ? 'Would be applied (all was taken back):' : 'Applied:'
    return [heading, ...[...lines, ...untried].map((line) => `  ${line}`)].join('\n')
  },
})
