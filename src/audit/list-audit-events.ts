import type { Database } from '../database/database.ts'
import type { AuditEvent } from './audit-event.ts'
import { type EventConditions, selectEvents } from './audit-events.queries.ts'

/** Which events are wanted: all that are given must fit; `since` is included, `until` is not. */
export type AuditFilter = EventConditions & {
  /** How many at the most; 100 if not given. */
  limit?: number
}

/** The events of the audit trail that fit, newest first. */
export function listAuditEvents(
  db: Database,
  { limit = 100, ...conditions }: AuditFilter = {},
): Promise<AuditEvent[]> {
  return selectEvents(db, conditions, limit)
}
