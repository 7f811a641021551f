import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** What an active client has and may have. */
export type ClientFigures = {
  clientCode: string
  tier: string
  createdAt: Date
  activeMembers: number
  maxUsers: number
  /** Null where the client has no bucket. */
  bucketId: string | null
  objectCount: number
  objectBytes: number
  quotaBytes: number
  /** When the next pending invitation expires; null where there is none. */
  nextExpiry: Date | null
}

/** What every active client has and may have, in the order of their codes. */
export function selectClientFigures(db: Database, now: Date): Promise<ClientFigures[]> {
  return db.many(sql`
    select c.client_code, c.tier, c.created_at, coalesce(m.members, 0)::integer as active_members, t.max_users,
      b.bucket_id, coalesce(b.object_count, 0) as object_count, coalesce(b.object_bytes, 0) as object_bytes,
      t.storage_bytes as quota_bytes, i.next_expiry
    from flows.clients c
    join flows.client_tiers t on t.tier = c.tier
    left join flows.client_buckets b on b.client_id = c.id
    left join (
      select client_id, count(*) as members from flows.client_members where status = 'active' group by client_id
    ) m on m.client_id = c.id
    left join lateral (
      select min(expires_at) as next_expiry
      from flows.invitations
      where client_id = c.id and status = 'pending' and expires_at > ${now}
    ) i on true
    where c.status = 'active'
    order by c.client_code`)
}

/** Bytes a second by which the buckets of active clients grow, as a line through the days since a moment. */
export function selectGrowth(
  db: Database,
  since: Date,
): Promise<{ clientCode: string; bytesPerSecond: number }[]> {
  return db.many(sql`
    select c.client_code,
      regr_slope(s.object_bytes::double precision, extract(epoch from s.taken_at)::double precision) as bytes_per_second
    from flows.clients c
    join flows.client_snapshots s on s.client_id = c.id and s.day >= (${since}::timestamptz at time zone 'UTC')::date
    where c.status = 'active'
    group by c.client_code
    having count(*) >= 3 and regr_slope(
      s.object_bytes::double precision, extract(epoch from s.taken_at)::double precision) > 0`)
}

/** Of the invitations issued since a moment, how many are over and how many of those were redeemed. */
export function selectRedemptions(
  db: Database,
  since: Date,
  now: Date,
): Promise<{ clientCode: string; over: number; redeemed: number }[]> {
  return db.many(sql`
    select c.client_code, count(*)::integer as over, (count(*) filter (where i.used_count > 0))::integer as redeemed
    from flows.clients c
    join flows.invitations i on i.client_id = c.id and i.created_at >= ${since}
    where c.status = 'active' and (i.status <> 'pending' or i.used_count > 0 or i.expires_at <= ${now})
    group by c.client_code`)
}

/** Tokens that were refused from a moment on and before another, by client (null for none that is known) and reason. */
export function selectRefusals(
  db: Database,
  since: Date,
  until: Date,
): Promise<{ clientCode: string | null; reason: string; refusals: number }[]> {
  return db.many(sql`
    select c.client_code, coalesce(e.details ->> 'reason', 'unknown') as reason, count(*)::integer as refusals
    from flows.audit_events e
    left join flows.clients c on c.id = e.client_id
    where e.created_at >= ${since} and e.created_at < ${until}
      and e.verb = 'refuse' and e.table_name = 'invitations' and e.details ->> 'attempt' in ('validate', 'redeem')
    group by c.client_code, reason`)
}

/** How often the backup of a client failed since a moment and since its newest good one, where it did. */
export function selectFailedBackups(
  db: Database,
  since: Date,
): Promise<{ clientCode: string; failures: number }[]> {
  return db.many(sql`
    select c.client_code, count(*)::integer as failures
    from flows.clients c
    join flows.audit_events e on e.client_id = c.id
    where c.status = 'active' and e.table_name = 'backups' and e.verb = 'refuse' and e.created_at >= ${since}
      and not exists (
        select
        from flows.audit_events good
        where good.client_id = c.id and good.table_name = 'backups' and good.verb = 'insert'
          and good.created_at > e.created_at
      )
    group by c.client_code`)
}

/** API calls of the hours since a moment, by client. */
export function selectApiCalls(
  db: Database,
  since: Date,
): Promise<{ clientCode: string; calls: number; errors: number }[]> {
  return db.many(sql`
    select c.client_code, u.calls::bigint, u.errors::bigint
    from flows.clients c
    join lateral (
      select sum(a.calls) as calls, sum(a.errors) as errors
      from flows.api_usage a
      where a.client_id = c.id and a.hour >= ${since}
    ) u on u.calls > 0
    where c.status = 'active'`)
}

/** How long the API calls took, by client: a count for each bound, the last for what took longer than all of them. */
export function selectLatencies(
  db: Database,
  since: Date,
  until: Date,
): Promise<{ clientCode: string; counts: number[] }[]> {
  return db.many(sql`
    select c.client_code, u.counts
    from flows.clients c
    join lateral (
      select array[sum(a.ms_5), sum(a.ms_10), sum(a.ms_25), sum(a.ms_50), sum(a.ms_100), sum(a.ms_250), sum(a.ms_500),
          sum(a.ms_1000), sum(a.ms_2500), sum(a.ms_5000), sum(a.ms_10000), sum(a.ms_more)]::double precision[] as counts,
        count(*) as hours
      from flows.api_usage a
      where a.client_id = c.id and a.hour >= ${since} and a.hour < ${until}
    ) u on u.hours > 0
    where c.status = 'active'`)
}
