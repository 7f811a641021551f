import type { Database } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import type { ApiEvent, RecordedUsage } from './api-event.ts'
import { latencyBounds } from './latency.ts'

/** Adds a batch of events, if it was not added before. */
export async function recordBatch(
  db: Database,
  batchId: string,
  events: readonly ApiEvent[],
): Promise<RecordedUsage> {
  const { result } = await db.one<{ result: RecordedUsage }>(sql`
    select flows.record_api_usage(${batchId}, ${JSON.stringify(events)}::jsonb) as result`)
  return result
}

/** Calls of one kind, added up. */
export type Calls = Readonly<{ calls: number; errors: number; totalMs: number; latencies: readonly number[] }>

/** Calls of a client on one day. */
export type DayOfCalls = Calls &
  Readonly<{ day: string; appCode: string; endpointClass: string; statusClass: string }>

const buckets = [...latencyBounds.map((bound) => `ms_${bound}`), 'ms_more']

/** The sums of the counters; as float8, of which the driver makes numbers in an array too: exact below 2^53. */
const sums =
  raw(`sum(calls)::bigint as calls, sum(errors)::bigint as errors, sum(total_ms)::bigint as total_ms,
  array[${buckets.map((bucket) => `sum(${bucket})`).join(', ')}]::float8[] as latencies`)

const counters = raw(['calls', 'errors', 'total_ms', ...buckets].join(', '))

/** From the first of these days to before the other. */
export type Span = Readonly<{ from: string; until: string }>

/** What one client called, by day, application, part of the API and status. */
export function selectDaysOfCalls(
  db: Database,
  clientId: string,
  { from, until }: Span,
): Promise<DayOfCalls[]> {
  return db.many(sql`
    select day::text, app_code, endpoint_class, status_class, ${sums}
    from (
      select day, app_code, endpoint_class, status_class, ${counters}
      from flows.api_usage_days
      where client_id = ${clientId} and day >= ${from} and day < ${until}
      union all
      select (hour at time zone 'UTC')::date, app_code, endpoint_class, status_class, ${counters}
      from flows.api_usage
      where client_id = ${clientId}
        and hour >= ${from}::timestamp at time zone 'UTC' and hour < ${until}::timestamp at time zone 'UTC'
    ) u
    group by day, app_code, endpoint_class, status_class
    order by day, app_code, endpoint_class, status_class`)
}

/** What every client called, by month and status; `month` is its first day. One pass over the months, not one a client. */
export function selectCallsOfAll(
  db: Database,
  { from, until }: Span,
): Promise<(Calls & { clientId: string; month: string; statusClass: string })[]> {
  return db.many(sql`
    select client_id, month::text, status_class, ${sums}
    from (
      select client_id, date_trunc('month', day::timestamp)::date as month, status_class, ${counters}
      from flows.api_usage_days
      where day >= ${from} and day < ${until}
      union all
      select client_id, date_trunc('month', hour at time zone 'UTC')::date, status_class, ${counters}
      from flows.api_usage
      where hour >= ${from}::timestamp at time zone 'UTC' and hour < ${until}::timestamp at time zone 'UTC'
    ) u
    group by client_id, month, status_class`)
}

/** Calls and errors of all clients together, by day. */
export function selectCallsByDay(
  db: Database,
  { from, until }: Span,
): Promise<{ day: string; calls: number; errors: number }[]> {
  return db.many(sql`
    select day::text, sum(calls)::bigint as calls, sum(errors)::bigint as errors
    from (
      select day, calls, errors
      from flows.api_usage_days
      where day >= ${from} and day < ${until}
      union all
      select (hour at time zone 'UTC')::date, calls, errors
      from flows.api_usage
      where hour >= ${from}::timestamp at time zone 'UTC' and hour < ${until}::timestamp at time zone 'UTC'
    ) u
    group by day
    order by day`)
}
