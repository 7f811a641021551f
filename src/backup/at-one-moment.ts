import type { Database } from '../database/database.ts'
import { holdSnapshot, settleText } from './copy.queries.ts'

/**
 * Runs work in one transaction that sees the database as it is now, changes nothing, and writes values as text the same
 * everywhere; work is told the moment.
 */
export function atOneMoment<Result>(
  db: Database,
  work: (tx: Database, moment: Date) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (tx) => {
    const moment = await holdSnapshot(tx)
    await settleText(tx)
    return work(tx, moment)
  })
}
