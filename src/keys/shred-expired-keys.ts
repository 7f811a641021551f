import type { Database } from '../database/database.ts'
import { selectClientsWithRetiredKeys, shredKeys } from './client-keys.queries.ts'
import { shredUnusedSigningKeys } from './signing-keys.queries.ts'

/** The keys that are gone: by client, and how many of those that signed. */
export type ShreddedKeys = Readonly<{
  clients: readonly Readonly<{ clientCode: string; epochs: readonly number[] }>[]
  signingKeys: number
}>

/**
 * Destroys the keys that were rotated out and whose last invitation is over, of one client or of all: what they sealed
 * opens never again, wherever its token lies. Signing keys, which are in the settings, are only marked as gone.
 */
export async function shredExpiredKeys(db: Database, clientId?: string): Promise<ShreddedKeys> {
  const clients: { clientCode: string; epochs: number[] }[] = []
  for (const { id, clientCode } of await selectClientsWithRetiredKeys(db, clientId)) {
    const epochs = (await shredKeys(db, id)).map(({ epoch }) => epoch).toSorted((a, b) => a - b)
    if (epochs.length > 0) clients.push({ clientCode, epochs })
  }
  return { clients, signingKeys: clientId === undefined ? await shredUnusedSigningKeys(db) : 0 }
}
