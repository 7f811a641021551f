import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** What a client has and may have, in one row. */
export type UsageRow = {
  activeMembers: number
  inactiveMembers: number
  adminMembers: number
  maxUsers: number
  storageBytes: number
  features: string[]
  deactivatedAt: Date | null
  lastActivityAt: Date | null
}

/** What a client has and may have. */
export function selectUsage(db: Database, clientId: string): Promise<UsageRow> {
  return db.one(sql`
    select m.active_members, m.inactive_members, m.admin_members,
      t.max_users, t.storage_bytes, t.features, c.deactivated_at,
      (select max(e.created_at) from flows.audit_events e where e.client_id = c.id) as last_activity_at
    from flows.clients c
    join flows.client_tiers t on t.tier = c.tier
    cross join lateral (
      select
        count(*) filter (where status = 'active') as active_members,
        count(*) filter (where status = 'inactive') as inactive_members,
        count(*) filter (where status = 'active' and role = 'admin') as admin_members
      from flows.client_members
      where client_id = c.id
    ) m
    where c.id = ${clientId}`)
}

/** How many invitations of a client are in which state; a pending one past its time counts as expired. */
export function selectInvitationCounts(
  db: Database,
  clientId: string,
): Promise<{ state: string; invitations: number }[]> {
  return db.many(sql`
    select case when status = 'pending' and expires_at <= now() then 'expired' else status end as state,
      count(*) as invitations
    from flows.invitations
    where client_id = ${clientId}
    group by state`)
}

/** The codes of a client's applications, in order. */
export async function selectAppCodes(db: Database, clientId: string): Promise<string[]> {
  const rows = await db.many<{ appCode: string }>(sql`
    select app_code from flows.client_applications where client_id = ${clientId} order by app_code`)
  return rows.map(({ appCode }) => appCode)
}
