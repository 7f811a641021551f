import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { Database } from '../database/database.ts'
import type { AuditEvent } from './audit-event.ts'
import { type EventConditions, selectAuditedTables, selectEvents } from './audit-events.queries.ts'

/** Which events are wanted: all that are given must fit; `since` is included, `until` is not. */
export type AuditFilter = EventConditions & {
  /** How many at the most; 100 if not given. */
  limit?: number
}

/** The events of the audit trail that fit, newest first; throws AUDIT_TABLE_UNKNOWN for a table that it is not about. */
export async function listAuditEvents(
  db: Database,
  { limit = 100, ...conditions }: AuditFilter = {},
): Promise<AuditEvent[]> {
  if (conditions.table !== undefined) await checkTable(db, conditions.table)
  return selectEvents(db, conditions, limit)
}

// An empty list would read as if nothing had ever happened to it.
async function checkTable(db: Database, table: string): Promise<void> {
  const tables = await selectAuditedTables(db)
  if (tables.includes(table)) return
  throw new FlowsError('AUDIT_TABLE_UNKNOWN', `The audit trail is about no table "${printable(table)}"`, {
    hint: `It is about: ${tables.join(', ')}`,
  })
}
