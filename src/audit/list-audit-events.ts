import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { Database } from '../database/database.ts'
import { type AuditEvent, auditedActs, operator } from './audit-event.ts'
import {
  type EventConditions,
  selectAuditedTables,
  selectErasedClient,
  selectErasedCodes,
  selectEvents,
} from './audit-events.queries.ts'

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
  return namingErased(db, await selectEvents(db, conditions, limit))
}

/** The id of a client that was erased, by the code that it had; its events stay. Undefined if there is none. */
export function findErasedClient(db: Database, clientCode: string): Promise<string | undefined> {
  return selectErasedClient(db, clientCode)
}

async function namingErased(db: Database, events: AuditEvent[]): Promise<AuditEvent[]> {
  const nameless = events.filter(({ clientCode }) => clientCode === null).map(({ clientId }) => clientId)
  const ids = [...new Set(nameless)].filter((id) => id !== operator)
  if (ids.length === 0) return events
  const codes = await selectErasedCodes(db, ids)
  return events.map((event) => {
    const code = codes.get(event.clientId)
    return event.clientCode !== null || code === undefined
      ? event
      : { ...event, clientCode: code, clientErased: true }
  })
}

// An empty list would read as if nothing had ever happened to it.
async function checkTable(db: Database, table: string): Promise<void> {
  const tables = [...new Set([...(await selectAuditedTables(db)), ...auditedActs])].sort()
  if (tables.includes(table)) return
  throw new FlowsError('AUDIT_TABLE_UNKNOWN', `The audit trail is about no table "${printable(table)}"`, {
    hint: `It is about: ${tables.join(', ')}`,
  })
}
