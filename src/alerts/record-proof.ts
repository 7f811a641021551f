import { now } from '../base/clock.ts'
import type { Database } from '../database/database.ts'
import { keepSuccess } from './monitor/jobs.queries.ts'

/** Records what a proof of isolation of the whole schema found, leaks by table, for alerts and metrics. `db` connects as staff. */
export async function recordProof(
  db: Database,
  leaks: readonly Readonly<{ object: string }>[],
  at: Date = now(),
): Promise<void> {
  const violations: Record<string, number> = {}
  for (const { object } of leaks) violations[object] = (violations[object] ?? 0) + 1
  await keepSuccess(db, 'isolation-prove', at, { violations })
}
