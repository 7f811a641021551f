import { randomUUID } from 'node:crypto'
import type { ApiEvent } from '../../src/analytics/api-event.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

/** What was counted for a client, hours and days together. */
export type Counted = { calls: number; errors: number; totalMs: number }

/** Adds up everything that was counted for a client, in hours and in days. */
export function countedFor(db: Database, { id }: { id: string }): Promise<Counted> {
  return db.one(sql`
    select coalesce(sum(calls), 0)::bigint as calls, coalesce(sum(errors), 0)::bigint as errors,
      coalesce(sum(total_ms), 0)::bigint as total_ms
    from (
      select calls, errors, total_ms from flows.api_usage where client_id = ${id}
      union all
      select calls, errors, total_ms from flows.api_usage_days where client_id = ${id}
    ) u`)
}

/** The total counters of a client. */
export function totalsFor(db: Database, { id }: { id: string }): Promise<Counted> {
  return db.one(sql`
    select coalesce(sum(calls), 0)::bigint as calls, coalesce(sum(errors), 0)::bigint as errors,
      coalesce(sum(total_ms), 0)::bigint as total_ms
    from flows.api_usage_totals where client_id = ${id}`)
}

/** As many calls of a client as asked, spread over 24 hours, each of 10 ms, every tenth an error. */
export function eventsOf(client: { clientCode: string }, count: number): ApiEvent[] {
  return Array.from({ length: count }, (_, place) => ({
    client: client.clientCode,
    app: 'offboarding',
    endpoint: place % 2 === 0 ? '/rest/v1/invitations' : 'rpc',
    status: place % 10 === 0 ? 503 : 200,
    ms: 10,
    at: `2025-01-15T${String(place % 24).padStart(2, '0')}:30:00Z`,
  }))
}

/** An id for a batch. */
export function batchId(): string {
  return randomUUID()
}
