import type { Database } from '../database/database.ts'
import { insertRefusal } from './audit-events.queries.ts'

/** What somebody attempted on which row, and why it was refused: words of this program, never a token or an address. */
export type Refusal = {
  /** Left out, or unknown: the event is the operator's. */
  clientCode?: string
  table: string
  rowId: string
  attempt: string
  reason: string
}

/** Records a refusal in the audit trail. Not inside a transaction that is about to be taken back. */
export async function recordRefusal(db: Database, refusal: Refusal): Promise<void> {
  await insertRefusal(db, { ...refusal, clientCode: refusal.clientCode ?? null })
}
