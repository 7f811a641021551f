import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
import type { SigningKey } from '../../src/keys/signing-key.ts'
import { invitee, type Material } from './material.ts'

// What node:crypto alone takes for the same work: the same calls, on buffers that lie ready; no JSON, no base64, no checks.

const fields = Object.entries(invitee).map(([name, text]) => ({ name, text: Buffer.from(text) }))
const one = Uint8Array.of(1)

/** The calls of a mint: key derivation, three random ivs, three encryptions, one signature. */
export function bareMint({ keys }: Material, signingInput: Buffer, key: SigningKey): void {
  seal(keys)
  bareSign(signingInput, key)
}

function seal({ clientKey, salt, invitationId }: Material['keys']): void {
  const extracted = createHmac('sha256', salt).update(clientKey.key.export()).digest()
  for (const { name, text } of fields) {
    const info = Buffer.from(`flows-db/v1|${clientKey.clientId}|${invitationId}|${name}`)
    const fieldKey = createHmac('sha256', extracted).update(info).update(one).digest()
    const sealing = createCipheriv('aes-256-gcm', fieldKey, randomFillSync(Buffer.allocUnsafe(12)), {
      authTagLength: 16,
    })
    sealing.setAAD(info)
    sealing.update(text)
    sealing.final()
    sealing.getAuthTag()
  }
}

function bareSign(data: Buffer, { alg, signingKey }: SigningKey): Buffer {
  if (alg === 'HS256') return createHmac('sha256', signingKey).update(data).digest()
  return alg === 'EdDSA'
    ? sign(null, data, signingKey)
    : sign('sha256', data, { key: signingKey, dsaEncoding: 'ieee-p1363' })
}

/** The call of a validation. */
export function bareVerify(signature: Buffer, data: Buffer, { alg, key }: SigningKey): boolean {
  if (alg === 'HS256') return timingSafeEqual(signature, createHmac('sha256', key).update(data).digest())
  return alg === 'EdDSA'
    ? verify(null, data, key, signature)
    : verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** The calls of opening: key derivation and three decryptions. */
export function bareOpen(
  { clientKey, salt, invitationId }: Material['keys'],
  sealed: readonly Buffer[],
): void {
  const extracted = createHmac('sha256', salt).update(clientKey.key.export()).digest()
  for (const [index, { name }] of fields.entries()) {
    const bytes = sealed[index] as Buffer
    const info = Buffer.from(`flows-db/v1|${clientKey.clientId}|${invitationId}|${name}`)
    const fieldKey = createHmac('sha256', extracted).update(info).update(one).digest()
    const opening = createDecipheriv('aes-256-gcm', fieldKey, bytes.subarray(0, 12), { authTagLength: 16 })
    opening.setAAD(info)
    opening.setAuthTag(bytes.subarray(-16))
    opening.update(bytes.subarray(12, -16))
    opening.final()
  }
}
