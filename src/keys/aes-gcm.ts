import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'

/** How long the initialisation vector before a ciphertext is. */
export const ivBytes = 12

/** How long the tag after a ciphertext is: never shorter, although AES-GCM could be. */
export const tagBytes = 16

const cipher = 'aes-256-gcm'

/** Encrypts as `iv (12) | ciphertext | tag (16)` under a 32-byte key and a random iv; `bound` must be the same to open it. */
export function sealBytes(text: Uint8Array | string, key: Uint8Array, bound: Uint8Array): Buffer {
  const length = typeof text === 'string' ? Buffer.byteLength(text) : text.length
  const sealed = Buffer.allocUnsafe(ivBytes + length + tagBytes)
  const iv = randomFillSync(sealed, 0, ivBytes).subarray(0, ivBytes)
  const sealing = createCipheriv(cipher, key, iv, { authTagLength: tagBytes })
  sealing.setAAD(bound)
  sealed.set(typeof text === 'string' ? sealing.update(text, 'utf8') : sealing.update(text), ivBytes)
  sealing.final()
  sealed.set(sealing.getAuthTag(), ivBytes + length)
  return sealed
}

/** Decrypts what `sealBytes` made under the same key and bound to the same; throws an ordinary error for anything else. */
export function openBytes(sealed: Uint8Array, key: Uint8Array, bound: Uint8Array): Buffer {
  if (sealed.length < ivBytes + tagBytes) throw new RangeError('Too short for AES-GCM')
  // The length is fixed here because Node would otherwise be content with a tag of 4 bytes.
  const opening = createDecipheriv(cipher, key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
  opening.setAAD(bound)
  opening.setAuthTag(sealed.subarray(-tagBytes))
  const text = opening.update(sealed.subarray(ivBytes, -tagBytes))
  opening.final()
  return text
}
