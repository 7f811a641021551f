import type { Database } from '../database/database.ts'
import { type AuditVerb, operator } from './audit-event.ts'
import { insertEvent } from './audit-events.queries.ts'

/** What was done to many rows at once. */
export type Act = Readonly<{
  /** Left out: the event is the operator's. */
  clientId?: string | undefined
  table: string
  rowId: string
  verb: AuditVerb
  /** Counts and reasons, and nothing that tells of a person. */
  details: Readonly<Record<string, unknown>>
}>

/** Records one event for an act whose single rows leave none: a restore, an erasure, what was kept too long. */
export async function recordAct(db: Database, { clientId = operator, ...event }: Act): Promise<void> {
  await insertEvent(db, { clientId, ...event })
}
