import { createSecretKey, type KeyObject } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import { ivBytes, openBytes, sealBytes, tagBytes } from './aes-gcm.ts'
import type { KeyName } from './client-key.ts'
import { expandKey, extractKey } from './hkdf.ts'

const keyBytes = 32

/**
 * Wraps a 32-byte key under the master key as `iv (12) | ciphertext (32) | tag (16)`, AES-256-GCM.
 * The client and epoch are bound to it, so that a wrapped key moved to another row opens nothing.
 */
export function wrapKey(key: Buffer, name: KeyName, masterKey: Buffer): Buffer {
  return sealBytes(key, wrappingKey(masterKey), boundTo(name))
}

/** Unwraps what `wrapKey` made for the same client and epoch; throws KEY_UNWRAP_FAILED under any other master key. */
export function unwrapKey(wrapped: Buffer, name: KeyName, masterKey: Buffer): KeyObject {
  if (wrapped.length !== ivBytes + keyBytes + tagBytes) throw unwrapFailure()
  try {
    return createSecretKey(openBytes(wrapped, wrappingKey(masterKey), boundTo(name)))
  } catch (cause) {
    throw unwrapFailure(cause)
  }
}

// A key of its own, so that the master key can have other uses beside this one.
function wrappingKey(masterKey: Buffer): Buffer {
  return expandKey(extractKey(masterKey, new Uint8Array()), Buffer.from('flows-db/v1|wrap'))
}

function boundTo({ clientId, epoch }: KeyName): Buffer {
  return Buffer.from(`flows-db/v1|client-key|${clientId}|${epoch}`)
}

function unwrapFailure(cause?: unknown): FlowsError {
  return new FlowsError(
    'KEY_UNWRAP_FAILED',
    'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
    {
      hint: 'Set the master key (or the JWT_SECRET it was derived from) that was in use when the client was created; see: config:show',
      cause,
    },
  )
}
