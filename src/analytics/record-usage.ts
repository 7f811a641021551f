import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { brokenConstraint } from '../database/failures.ts'
import type { ApiEvent, RecordedUsage } from './api-event.ts'
import { recordBatch } from './usage.queries.ts'

/** How many events a batch may hold. */
export const mostEvents = 10_000

/**
 * Adds up to 10,000 API calls to the hourly counts, exactly once for a batch id (a uuid): send it again when in doubt.
 * `db` connects as staff or acts as service_role. An event of an unknown client, or with an impossible status, duration
 * or moment, is refused and listed; the others count. Throws USAGE_BATCH_INVALID.
 */
export async function recordUsage(
  db: Database,
  batchId: string,
  events: readonly ApiEvent[],
): Promise<RecordedUsage> {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(batchId)
  if (!isUuid || events.length > mostEvents) throw batchInvalid()
  try {
    return await recordBatch(db, batchId, events)
  } catch (cause) {
    throw brokenConstraint(cause) === 'usage_batches_events_check' ? batchInvalid(cause) : cause
  }
}

function batchInvalid(cause?: unknown): FlowsError {
  return new FlowsError('USAGE_BATCH_INVALID', `A batch is a uuid and at most ${mostEvents} events`, {
    hint: 'Make the id with crypto.randomUUID() and keep it with the events until they are recorded.',
    cause,
  })
}
