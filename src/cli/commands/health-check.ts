import type { HealthReport } from '../../health/health-report.ts'
import { command } from '../command.ts'
import { lookAtHealth } from '../look-at-health.ts'
import { sayHealth } from '../say-health.ts'

/** Looks at the database and its surroundings, and says what to do about what is not as it should be. */
export const healthCheck = command({
  name: 'health-check',
  about: 'Look at the database and what is around it, and say what mends what is wrong',
  details:
    'Every finding has the SQL (for the role that ran the migrations) or the command that mends it; docs/HEALTH.md lists ' +
    'the checks. Nothing is changed, but that an empty embedded database is set up, as by every command. Ends with status 7 on an error, with --strict on a warning too. A check that could ' +
    'not look is skipped and says why.',
  flags: {
    only: { value: 'check', repeat: true, about: 'only this check; may be given several times' },
    skip: { value: 'check', repeat: true, about: 'not this check; may be given several times' },
    strict: { about: 'warnings are unhealthy too' },
    backups: {
      value: 'folder',
      about:
        'a folder or bucket:<bucket>/<folder> in which backups lie that the audit trail does not tell of; BACKUP_DIR if not given',
    },
  },
  examples: ['health-check', 'health-check --only migrations-pending --only schema-drift --json'],
  run: async (session, { only, skip, strict, backups }): Promise<HealthReport> => {
    const report = await lookAtHealth(session, backups, { only, skip })
    return strict && report.warnings > 0 ? { ...report, verdict: 'unhealthy' } : report
  },
  say: sayHealth,
  exit: ({ verdict }) => (verdict === 'healthy' ? 0 : 7),
})
