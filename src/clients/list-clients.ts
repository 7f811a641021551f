import type { Database } from '../database/database.ts'
import { type Client, checkRegion } from './client.ts'
import { unknownTier } from './client-failure.ts'
import { selectClients } from './clients.queries.ts'
import { selectTiers } from './tiers.queries.ts'

/** Which clients are wanted: all that are given must fit. */
export type ClientFilter = {
  status?: 'active' | 'inactive'
  tier?: string
  region?: string
  /** How many at the most; 100 if not given. */
  limit?: number
}

/** The clients that fit, newest first; throws CLIENT_REGION_UNKNOWN or CLIENT_TIER_UNKNOWN. */
export async function listClients(
  db: Database,
  { limit = 100, ...conditions }: ClientFilter = {},
): Promise<Client[]> {
  if (conditions.region !== undefined) checkRegion(conditions.region)
  const clients = await selectClients(db, conditions, limit)
  const { tier } = conditions
  if (clients.length > 0 || tier === undefined) return clients
  const tiers = await selectTiers(db)
  if (!tiers.some((known) => known.tier === tier)) throw unknownTier(tier, tiers)
  return clients
}
