import type { Database } from '../database/database.ts'
import { every, sql } from '../database/sql.ts'
import type { Funnel } from './funnel.ts'

/** The figures of every application that fits, by client and application. */
export function selectFunnel(
  db: Database,
  {
    clientId,
    appCode,
    since,
  }: { clientId: string | undefined; appCode: string | undefined; since: Date | undefined },
): Promise<Funnel[]> {
  const conditions = every([
    ...(clientId === undefined ? [] : [sql`i.client_id = ${clientId}`]),
    ...(appCode === undefined ? [] : [sql`a.app_code = ${appCode}`]),
    ...(since === undefined ? [] : [sql`i.created_at >= ${since}`]),
  ])
  return db.many(sql`
    select c.client_code, a.app_code,
      count(*) as issued,
      count(i.delivered_at) as sent,
      count(i.opened_at) as opened,
      count(*) filter (where i.used_count > 0) as redeemed,
      count(*) filter (where i.status = 'expired' or i.status = 'pending' and i.expires_at <= now()) as expired,
      count(*) filter (where i.status = 'revoked') as revoked,
      count(*) filter (where i.status = 'superseded') as superseded,
      count(*) filter (where i.status = 'erased') as erased,
      count(*) filter (where i.status = 'pending' and i.used_count = 0 and i.expires_at > now()) as pending,
      round(extract(epoch from percentile_cont(0.5) within group (order by r.created_at - i.created_at)))::integer
        as median_seconds_to_redeem
    from flows.clients c
    join flows.invitations i on i.client_id = c.id
    join flows.client_applications a on a.client_id = i.client_id and a.id = i.app_id
    left join flows.invitation_redemptions r
      on r.client_id = i.client_id and r.invitation_id = i.id and r.use_number = 1
    where ${conditions}
    group by c.client_code, a.app_code
    order by c.client_code, a.app_code`)
}
