import type { Database } from '../database/database.ts'
import { retrying } from '../database/migrate/waiting.ts'
import { addPartitions } from './audit-events.queries.ts'

/** How long to go on trying, and whom to tell. */
export type EnsureOptions = { patience?: number; progress?: (text: string) => void }

/**
 * Sees to it that this month and the next twelve have a partition of the trail; gives how many were made.
 * `db` must be connected as the migrating role. Writers are never held up for longer than 50 ms: what does not get
 * its lock at once is tried again, for `patience` milliseconds (60,000 if not given).
 */
export function ensureAuditPartitions(
  db: Database,
  { patience = 60_000, progress = () => undefined }: EnsureOptions = {},
): Promise<number> {
  return db.session((session) =>
    retrying(session, 'The next month of the audit trail', { patience, progress }, (tx) =>
      addPartitions(tx, 12),
    ),
  )
}
