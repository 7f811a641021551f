import type { Database } from '../database/database.ts'
import { type Client, checkRegion } from './client.ts'
import { selectClients } from './clients.queries.ts'

/** Which clients are wanted: all that are given must fit. */
export type ClientFilter = {
  status?: 'active' | 'inactive'
  tier?: string
  region?: string
  /** How many at the most; 100 if not given. */
  limit?: number
}

/** The clients that fit, newest first. */
export function listClients(
  db: Database,
  { limit = 100, ...conditions }: ClientFilter = {},
): Promise<Client[]> {
  if (conditions.region !== undefined) checkRegion(conditions.region)
  return selectClients(db, conditions, limit)
}
