import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import type { KeyName } from './client-key.ts'

const cipher = 'aes-256-gcm'
const ivBytes = 12
const keyBytes = 32
const tagBytes = 16

/**
 * Wraps a 32-byte key under the master key as `iv (12) | ciphertext (32) | tag (16)`, AES-256-GCM.
 * The client and epoch are bound to it, so that a wrapped key moved to another row opens nothing.
 */
export function wrapKey(key: Buffer, name: KeyName, masterKey: Buffer): Buffer {
  const iv = randomBytes(ivBytes)
  const sealing = createCipheriv(cipher, wrappingKey(masterKey), iv, { authTagLength: tagBytes })
  sealing.setAAD(boundTo(name))
  return Buffer.concat([iv, sealing.update(key), sealing.final(), sealing.getAuthTag()])
}

/** Unwraps what `wrapKey` made for the same client and epoch; throws KEY_UNWRAP_FAILED under any other master key. */
export function unwrapKey(wrapped: Buffer, name: KeyName, masterKey: Buffer): KeyObject {
  if (wrapped.length !== ivBytes + keyBytes + tagBytes) throw unwrapFailure()
  const opening = createDecipheriv(cipher, wrappingKey(masterKey), wrapped.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  opening.setAAD(boundTo(name))
  opening.setAuthTag(wrapped.subarray(-tagBytes))
  const key = opening.update(wrapped.subarray(ivBytes, -tagBytes))
  try {
    opening.final()
  } catch (cause) {
    throw unwrapFailure(cause)
  }
  return createSecretKey(key)
}

// A key of its own, so that the master key can have other uses beside this one.
function wrappingKey(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', 'flows-db/v1|wrap', keyBytes))
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
