import { rollUpUsage } from '../../analytics/roll-up-usage.ts'
import { command } from '../command.ts'
import { issueIn } from '../issue-in.ts'

/** The daily job of analytics. */
export const analyticsRollup = command({
  name: 'analytics:rollup',
  about: 'Add hours of usage up to days, take snapshots, and delete what tiers keep no longer',
  details:
    'For cron or pg_cron, once a day; more often does no harm. Storage growth needs a snapshot of every day. Hours stay ' +
    'apart for 14 days.',
  flags: {},
  examples: ['analytics:rollup', 'analytics:rollup --dry-run --json'],
  changes: true,
  run: (session) => issueIn(session, rollUpUsage),
  say: ({ clients, hours, forgotten, batches }) =>
    `${clients} clients: snapshots taken, ${hours} hourly rows added up, ${forgotten} rows and ${batches} batches forgotten.`,
})
