import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { type ShreddedKeys, shredExpiredKeys } from '../keys/shred-expired-keys.ts'
import { markExpired, selectClientsWithOverdue } from './invitations.queries.ts'

/** What a clean-up did. */
export type Cleanup = Readonly<{
  expired: number
  clients: readonly Readonly<{ clientCode: string; expired: number }>[]
  shredded: ShreddedKeys
}>

/**
 * Marks pending invitations whose time is over as expired, client by client, and destroys the keys that were rotated out
 * and that no invitation needs any more. Throws CLIENT_NOT_FOUND.
 */
export async function cleanupInvitations(db: Database, clientCode?: string): Promise<Cleanup> {
  const clientId = clientCode === undefined ? undefined : (await clientByCode(db, clientCode)).id
  const clients: { clientCode: string; expired: number }[] = []
  for (const client of await selectClientsWithOverdue(db, clientId)) {
    clients.push({ clientCode: client.clientCode, expired: await markExpired(db, client.id) })
  }
  const shredded = await shredExpiredKeys(db, clientId)
  return { expired: clients.reduce((sum, { expired }) => sum + expired, 0), clients, shredded }
}
