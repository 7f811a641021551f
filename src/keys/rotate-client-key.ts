import { randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { endActiveKey, insertClientKey, latestEpoch, lockClientKeys } from './client-keys.queries.ts'
import { holdMasterKey } from './hold-master-key.ts'
import { wrapKey } from './wrap-key.ts'

/** The epoch whose key seals from now on, and what became of the one before. */
export type ClientKeyRotation = Readonly<{
  epoch: number
  previous: Readonly<{ epoch: number; state: 'retiring' | 'revoked' }> | null
}>

/** Whose key, under which master key, and whether the old one may still open anything. */
export type ClientKeyRotationOptions = Readonly<{ clientId: string; masterKey: Buffer; revoke?: boolean }>

/**
 * Gives a client a new key. The old one opens what it sealed until `invitation:cleanup` destroys it after its last
 * invitation; with `revoke` it opens nothing any more. Throws KEY_UNWRAP_FAILED where the database's keys are wrapped by
 * another master key.
 */
export function rotateClientKey(
  db: Database,
  { clientId, masterKey, revoke = false }: ClientKeyRotationOptions,
): Promise<ClientKeyRotation> {
  return db.transaction(async (tx) => {
    await holdMasterKey(tx, masterKey)
    await lockClientKeys(tx, clientId)
    const state = revoke ? 'revoked' : 'retiring'
    const ended = await endActiveKey(tx, clientId, state)
    const name = { clientId, epoch: (await latestEpoch(tx, clientId)) + 1 }
    await insertClientKey(tx, name, wrapKey(randomBytes(32), name, masterKey))
    return { epoch: name.epoch, previous: ended === undefined ? null : { epoch: ended.epoch, state } }
  })
}
