import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { Tier } from './tier.ts'

/** All tiers, the smallest first. */
export function selectTiers(db: Database): Promise<Tier[]> {
  return db.many(sql`
    select tier, max_users, storage_bytes, features from flows.client_tiers order by max_users, tier`)
}

/** Adds a tier or gives it these limits; false if it has them already. */
export async function upsertTier(
  db: Database,
  {
    tier,
    maxUsers,
    storageBytes,
    features,
    invitationsPerHour,
    usageDays,
    invitationDays,
    auditDays,
  }: Tier & { invitationsPerHour: number; usageDays: number; invitationDays: number; auditDays: number },
): Promise<boolean> {
  const changed = await db.run(sql`
    insert into flows.client_tiers as t
      (tier, max_users, storage_bytes, features, invitations_per_hour, usage_days, invitation_days, audit_days)
    values (
      ${tier}, ${maxUsers}, ${storageBytes}, ${features}, ${invitationsPerHour}, ${usageDays}, ${invitationDays},
      ${auditDays}
    )
    on conflict (tier) do update
      set max_users = excluded.max_users,
        storage_bytes = excluded.storage_bytes,
        features = excluded.features,
        invitations_per_hour = excluded.invitations_per_hour,
        usage_days = excluded.usage_days,
        invitation_days = excluded.invitation_days,
        audit_days = excluded.audit_days
      where (
          t.max_users, t.storage_bytes, t.features, t.invitations_per_hour, t.usage_days, t.invitation_days,
          t.audit_days)
        is distinct from (
          excluded.max_users, excluded.storage_bytes, excluded.features, excluded.invitations_per_hour,
          excluded.usage_days, excluded.invitation_days, excluded.audit_days)`)
  return changed > 0
}
