import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { Tier } from './tier.ts'

/** All tiers, the smallest first. */
export function selectTiers(db: Database): Promise<Tier[]> {
  return db.many(sql`
    select tier, max_users, storage_bytes, features from flows.client_tiers order by max_users, tier`)
}
