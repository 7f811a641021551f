import { migrateStatus as readStatus } from '../../database/migrate/migrate-status.ts'
import { command } from '../command.ts'

const conflict = 5

/** Shows where each migration stands. */
export const migrateStatus = command({
  name: 'migrate:status',
  about: 'Show which migrations are applied, pending or at fault',
  details:
    'Exits with 5 if something stands in the way of migrate:up; pending migrations alone are no fault.',
  flags: {},
  examples: ['migrate:status', 'migrate:status --json'],
  run: async (session) => readStatus(await session.owner(), session.settings.migrationsFolder),
  say: ({ migrations, faults }, style) => {
    if (migrations.length === 0) return 'There are no migrations, neither in the folder nor in the database.'
    const paint = { applied: style.green, pending: style.yellow }
    const rows = migrations.map(({ version, name, state, appliedAt }) => [
      version,
      name ?? '',
      (state === 'applied' || state === 'pending' ? paint[state] : style.red)(state),
      appliedAt?.toISOString() ?? '',
    ])
    const complaints = faults.map(({ message, hint }) => `\n${style.red(message)}\n${hint}`)
    return [style.table([['VERSION', 'NAME', 'STATE', 'APPLIED'], ...rows]), ...complaints].join('\n')
  },
  exit: ({ faults }) => (faults.length === 0 ? 0 : conflict),
})
