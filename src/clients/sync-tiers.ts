import type { Database } from '../database/database.ts'
import { brokenConstraint } from '../database/failures.ts'
import { overLimit } from './client-failure.ts'
import { upsertTier } from './tiers.queries.ts'

/** Limits by tier, as config/client-tiers.json says them; 1 GB is 1024^3 bytes. */
export type TierLimits = Readonly<
  Record<
    string,
    {
      maxUsers: number
      storageGB: number
      features: readonly string[]
      invitationsPerHour?: number | undefined
      usageDays?: number | undefined
      invitationDays?: number | undefined
      auditDays?: number | undefined
    }
  >
>

/**
 * Makes the tiers of the database what they are configured to be, all or none, and gives the names of those that
 * changed. A tier that is no longer configured stays, since clients may have it. Throws CLIENT_OVER_LIMIT where a
 * limit would fall below what a client uses.
 */
export async function syncTiers(db: Database, tiers: TierLimits): Promise<string[]> {
  try {
    return await db.transaction(async (tx) => {
      const changed: string[] = []
      for (const [tier, { maxUsers, storageGB, features, ...more }] of Object.entries(tiers)) {
        const storageBytes = Math.ceil(storageGB * 1024 ** 3)
        const { invitationsPerHour = 20_000, usageDays = 400, invitationDays = 365, auditDays = 1_095 } = more
        const limits = {
          tier,
          maxUsers,
          storageBytes,
          features: [...features],
          invitationsPerHour,
          usageDays,
          invitationDays,
          auditDays,
        }
        if (await upsertTier(tx, limits)) changed.push(tier)
      }
      return changed
    })
  } catch (cause) {
    throw brokenConstraint(cause) === 'clients_tier_limits_check' ? overLimit(cause) : cause
  }
}
