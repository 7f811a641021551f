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
  { tier, maxUsers, storageBytes, features, invitationsPerHour }: Tier & { invitationsPerHour: number },
): Promise<boolean> {
  const changed = await db.run(sql`
    insert into flows.client_tiers as t (tier, max_users, storage_bytes, features, invitations_per_hour)
    values (${tier}, ${maxUsers}, ${storageBytes}, ${features}, ${invitationsPerHour})
    on conflict (tier) do update
      set max_users = excluded.max_users,
        storage_bytes = excluded.storage_bytes,
        features = excluded.features,
        invitations_per_hour = excluded.invitations_per_hour
      where (t.max_users, t.storage_bytes, t.features, t.invitations_per_hour)
        is distinct from (
          excluded.max_users, excluded.storage_bytes, excluded.features, excluded.invitations_per_hour)`)
  return changed > 0
}
