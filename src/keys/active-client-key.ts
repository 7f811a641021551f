import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import type { ClientKey } from './client-key.ts'
import { findActiveKey } from './client-keys.queries.ts'
import { unwrapKey } from './wrap-key.ts'

/** The key under which a client's new invitations are made; throws KEY_MISSING or KEY_UNWRAP_FAILED. */
export async function activeClientKey(
  db: Database,
  { clientId, masterKey }: { clientId: string; masterKey: Buffer },
): Promise<ClientKey> {
  const kept = await findActiveKey(db, clientId)
  if (!kept?.wrappedKey) {
    throw new FlowsError('KEY_MISSING', 'The client has no active key, so nothing can be encrypted for it', {
      hint: 'Give it one with: keys:rotate --client <code>',
    })
  }
  const name = { clientId, epoch: kept.epoch }
  return { ...name, key: unwrapKey(kept.wrappedKey, name, masterKey) }
}
