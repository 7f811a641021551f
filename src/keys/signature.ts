import { createHmac, type KeyObject, sign, verify } from 'node:crypto'
import { equalBytes } from './equal-bytes.ts'
import { type SigningAlgorithm, signatureBytes, toLowS } from './signature-form.ts'

/** A key with the one algorithm that it may be used for. */
export type AlgorithmKey = Readonly<{ alg: SigningAlgorithm; key: KeyObject }>

/** The signature of data under a private or secret key; ES256 as r | s with the lower s. */
export function signData(data: Uint8Array | string, { alg, key }: AlgorithmKey): Buffer {
  if (alg === 'HS256') return createHmac('sha256', key).update(data).digest()
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  if (alg === 'EdDSA') return sign(null, bytes, key)
  const signature = sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
  toLowS(signature)
  return signature
}

/** Whether a signature is good for the data under a public or secret key; ES256 as r | s, with either s. */
export function isSignature(
  signature: Uint8Array,
  data: Uint8Array | string,
  { alg, key }: AlgorithmKey,
): boolean {
  if (signature.length !== signatureBytes[alg]) return false
  if (alg === 'HS256') return equalBytes(signature, createHmac('sha256', key).update(data).digest())
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  return alg === 'EdDSA'
    ? verify(null, bytes, key, signature)
    : verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
