import type { Database } from '../database/database.ts'
import { addPartitions } from './audit-events.queries.ts'

/**
 * Sees to it that this month and the next twelve have a partition of the trail; gives how many were made.
 * `db` must be connected as the migrating role. What no month was made for is caught by a default partition.
 */
export function ensureAuditPartitions(db: Database): Promise<number> {
  return addPartitions(db, 12)
}
