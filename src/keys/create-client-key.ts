import { createSecretKey, randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import type { ClientKey } from './client-key.ts'
import { insertClientKey } from './client-keys.queries.ts'
import { holdMasterKey } from './hold-master-key.ts'
import { wrapKey } from './wrap-key.ts'

/**
 * Gives a new client its first key: 32 random bytes, kept only wrapped by the master key; `db` is a transaction. Throws
 * KEY_UNWRAP_FAILED where the database's keys are wrapped by another master key.
 */
export async function createClientKey(
  db: Database,
  { clientId, masterKey }: { clientId: string; masterKey: Buffer },
): Promise<ClientKey> {
  const name = { clientId, epoch: 1 }
  const key = randomBytes(32)
  await holdMasterKey(db, masterKey)
  await insertClientKey(db, name, wrapKey(key, name, masterKey))
  return { ...name, key: createSecretKey(key) }
}
