import type { Database } from '../database/database.ts'
import type { ClientKey } from './client-key.ts'
import { findKeyOfEpoch } from './client-keys.queries.ts'
import { unwrapKey } from './wrap-key.ts'

/**
 * The key under which a client's invitations of this epoch were made; undefined if it was revoked or shredded, or never
 * existed: what it sealed cannot be opened any more. Throws KEY_UNWRAP_FAILED.
 */
export async function findClientKeyOfEpoch(
  db: Database,
  { clientId, epoch, masterKey }: { clientId: string; epoch: number; masterKey: Buffer },
): Promise<ClientKey | undefined> {
  const name = { clientId, epoch }
  const kept = await findKeyOfEpoch(db, name)
  if (!kept?.wrappedKey || kept.state === 'revoked') return undefined
  return { ...name, key: unwrapKey(kept.wrappedKey, name, masterKey) }
}
