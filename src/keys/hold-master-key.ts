import type { Database } from '../database/database.ts'
import { masterKeyName } from './master-key.ts'
import {
  findActiveMasterKey,
  findAnyWrappedKey,
  insertMasterKey,
  lockMasterKey,
} from './master-keys.queries.ts'
import { unwrapFailure, unwrapKey } from './wrap-key.ts'

/**
 * Sees that this master key is the one that wraps, and that it stays so until the transaction ends: to be called in the
 * transaction that keeps a wrapped key, before it does. The first one is noted; where keys are there already, only if it
 * opens the latest of them. Throws KEY_UNWRAP_FAILED for any other, such as the old one after a rotation.
 */
export async function holdMasterKey(tx: Database, masterKey: Buffer): Promise<void> {
  const kid = masterKeyName(masterKey)
  await lockMasterKey(tx, 'wrap')
  if ((await findActiveMasterKey(tx)) === undefined) {
    const kept = await findAnyWrappedKey(tx)
    if (kept !== undefined) unwrapKey(kept.wrappedKey, kept, masterKey)
    await insertMasterKey(tx, kid)
  }
  // Read again: of two that came first with different keys, one was noted.
  if ((await findActiveMasterKey(tx)) !== kid) throw unwrapFailure()
}
