import { FlowsError } from '../base/errors.ts'
import { expandKey, extractKey } from './hkdf.ts'

const masterKeyBytes = 32

/** A key derived from the master key under a label of its own; throws SECRET_WEAK unless the master key has 32 bytes. */
export function deriveFromMaster(masterKey: Buffer, label: string, bytes = 32): Buffer {
  if (masterKey.length !== masterKeyBytes) {
    throw new FlowsError('SECRET_WEAK', `The master key must have ${masterKeyBytes} bytes`, {
      hint: 'Make one with: openssl rand -base64 32',
    })
  }
  return expandKey(extractKey(masterKey, new Uint8Array()), Buffer.from(`flows-db/v1|${label}`), bytes)
}

/** The name of a master key: 16 characters that follow from it and tell nothing of it. */
export function masterKeyName(masterKey: Buffer): string {
  return deriveFromMaster(masterKey, 'master-kid', 12).toString('base64url')
}
