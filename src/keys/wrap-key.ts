import { createSecretKey, type KeyObject } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import { ivBytes, openBytes, sealBytes, tagBytes } from './aes-gcm.ts'
import type { KeyName } from './client-key.ts'
import { deriveFromMaster } from './master-key.ts'

const keyBytes = 32

/**
 * Wraps a 32-byte key under the master key as `iv (12) | ciphertext (32) | tag (16)`, AES-256-GCM.
 * The client and epoch are bound to it, so that a wrapped key moved to another row opens nothing. Throws SECRET_WEAK.
 */
export function wrapKey(key: Buffer, name: KeyName, masterKey: Buffer): Buffer {
  return sealBytes(key, deriveFromMaster(masterKey, 'wrap'), boundTo(name))
}

/** Unwraps what `wrapKey` made for the same client and epoch; throws KEY_UNWRAP_FAILED under any other master key. */
export function unwrapKey(wrapped: Buffer, name: KeyName, masterKey: Buffer): KeyObject {
  if (wrapped.length !== ivBytes + keyBytes + tagBytes) throw unwrapFailure()
  const wrappingKey = deriveFromMaster(masterKey, 'wrap')
  try {
    return createSecretKey(openBytes(wrapped, wrappingKey, boundTo(name)))
  } catch (cause) {
    throw unwrapFailure(cause)
  }
}

function boundTo({ clientId, epoch }: KeyName): Buffer {
  return Buffer.from(`flows-db/v1|client-key|${clientId}|${epoch}`)
}

/** The error where a master key is not the one in use. */
export function unwrapFailure(cause?: unknown): FlowsError {
  return new FlowsError(
    'KEY_UNWRAP_FAILED',
    'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
    {
      hint: 'Set the master key (or the JWT_SECRET it was derived from) that was in use when the client was created; see: config:show',
      cause,
    },
  )
}
