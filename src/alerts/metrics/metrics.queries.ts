import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** How many clients there are of a tier, in a region, active or not. */
export type ClientCount = { tier: string; region: string; status: string; clients: number }

/** Clients by tier, region and status. */
export function selectClientCounts(db: Database): Promise<ClientCount[]> {
  return db.many(sql`
    select tier, region, status, count(*) as clients from flows.clients group by tier, region, status`)
}

/** How the invitations of a client to an application ended, of all that were ever issued. */
export type InvitationCount = {
  clientCode: string
  appCode: string
  issued: number
  pending: number
  redeemed: number
  expired: number
  revoked: number
  superseded: number
}

/** Invitations of active clients by application. */
export function selectInvitationCounts(db: Database, now: Date): Promise<InvitationCount[]> {
  return db.many(sql`
    select c.client_code, a.app_code, i.issued, i.pending, i.redeemed, i.expired, i.revoked, i.superseded
    from (
      select client_id, app_id, count(*) as issued,
        count(*) filter (where status = 'pending' and used_count = 0 and expires_at > ${now}) as pending,
        count(*) filter (where used_count > 0) as redeemed,
        count(*) filter (where used_count = 0
          and (status = 'expired' or status = 'pending' and expires_at <= ${now})) as expired,
        count(*) filter (where used_count = 0 and status = 'revoked') as revoked,
        count(*) filter (where used_count = 0 and status = 'superseded') as superseded
      from flows.invitations
      group by client_id, app_id
    ) i
    join flows.clients c on c.id = i.client_id and c.status = 'active'
    join flows.client_applications a on a.client_id = i.client_id and a.id = i.app_id`)
}

/** API calls that were ever counted, with how long they took; the last of the counts is of those above all bounds. */
export type CallCount = {
  clientCode: string
  appCode: string
  statusClass: string
  calls: number
  totalMs: number
  counts: number[]
}

/** API calls of active clients by application and class of status. */
export function selectCallCounts(db: Database): Promise<CallCount[]> {
  return db.many(sql`
    select c.client_code, u.app_code, u.status_class, u.calls, u.total_ms,
      array[u.ms_5, u.ms_10, u.ms_25, u.ms_50, u.ms_100, u.ms_250, u.ms_500, u.ms_1000, u.ms_2500, u.ms_5000,
        u.ms_10000, u.ms_more]::double precision[] as counts
    from flows.api_usage_totals u
    join flows.clients c on c.id = u.client_id and c.status = 'active'`)
}

/** Firing alerts by rule and severity. */
export function selectFiring(db: Database): Promise<{ rule: string; severity: string; alerts: number }[]> {
  return db.many(sql`
    select rule, severity, count(*) as alerts from flows.alerts where state = 'firing' group by rule, severity`)
}
