import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { lockWrappedKeys, replaceWrappedKeys } from './client-keys.queries.ts'
import { equalBytes } from './equal-bytes.ts'
import { masterKeyName } from './master-key.ts'
import { findActiveMasterKey, lockMasterKey, replaceMasterKey } from './master-keys.queries.ts'
import { unwrapFailure, unwrapKey, wrapKey } from './wrap-key.ts'

/** The master key in use, and the one to be used from now on. */
export type MasterKeys = Readonly<{ masterKey: Buffer; newMasterKey: Buffer }>

/**
 * Wraps every client key under a new master key, all or none; tokens go on working. How many keys there were. Whoever
 * wraps at this moment is waited for, and whoever comes later with the old master key is refused. Throws
 * KEY_UNWRAP_FAILED if one of the keys was not wrapped by the old master key, KEY_UNCHANGED if both are the same.
 */
export function rotateMasterKey(db: Database, { masterKey, newMasterKey }: MasterKeys): Promise<number> {
  if (equalBytes(masterKey, newMasterKey)) {
    throw new FlowsError('KEY_UNCHANGED', 'The new master key is the one in use', {
      hint: 'Make another one with: openssl rand -base64 32',
    })
  }
  return db.transaction(async (tx) => {
    await lockMasterKey(tx, 'rotate')
    const active = await findActiveMasterKey(tx)
    if (active !== undefined && active !== masterKeyName(masterKey)) throw unwrapFailure()
    const keys = await lockWrappedKeys(tx)
    const rewrapped = keys.map(({ wrappedKey, ...name }) => ({
      ...name,
      wrappedKey: wrapKey(unwrapKey(wrappedKey, name, masterKey).export(), name, newMasterKey),
    }))
    await replaceMasterKey(tx, masterKeyName(newMasterKey))
    return replaceWrappedKeys(tx, rewrapped)
  })
}
