import type { Database } from '../database/database.ts'
import { type Client, checkDomain, checkLegalName, checkRegion } from './client.ts'
import { clientFailure } from './client-failure.ts'
import { updateRegistered } from './clients.queries.ts'
import { clientByCode } from './find-client.ts'

/** What may change of a client; what is left out stays. A domain of null takes it away. */
export type ClientChanges = {
  legalName?: string
  domain?: string | null
  tier?: string
  region?: string
}

/**
 * Changes what the registry says of a client. Throws CLIENT_OVER_LIMIT with the figures if the new tier allows less
 * than the client uses, CLIENT_DOMAIN_TAKEN, CLIENT_TIER_UNKNOWN or the error of a field that cannot stand.
 */
export async function updateClient(
  db: Database,
  clientCode: string,
  changes: ClientChanges,
): Promise<Client> {
  const { legalName, domain, tier, region } = changes
  if (legalName !== undefined) checkLegalName(legalName)
  if (typeof domain === 'string') checkDomain(domain)
  if (region !== undefined) checkRegion(region)
  const { id } = await clientByCode(db, clientCode)
  try {
    return await db.transaction((tx) => updateRegistered(tx, id, changes))
  } catch (cause) {
    throw await clientFailure(cause, db, {
      clientCode,
      ...(typeof domain === 'string' ? { domain } : {}),
      ...(tier === undefined ? {} : { tier }),
    })
  }
}
