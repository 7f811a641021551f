import { base64urlLength, decodeBase64url } from '../base/base64url.ts'
import { FlowsError } from '../base/errors.ts'
import type { SigningAlgorithm } from '../keys/signature-form.ts'

/** A key as JSON (RFC 7517), as in the set that `keys:export` prints. */
export type WebJwk = Readonly<{
  kid?: string | undefined
  kty?: string | undefined
  alg?: string | undefined
  use?: string | undefined
  key_ops?: readonly string[] | undefined
  crv?: string | undefined
  x?: string | undefined
  y?: string | undefined
  k?: string | undefined
}>

/** A key of this kind with the algorithm that belongs to it, read only when a token names it. */
export type WebKey = Readonly<{ alg: SigningAlgorithm; jwk: WebJwk }>

const parameters = {
  HS256: { name: 'HMAC', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
} as const

/**
 * The keys of a set that can verify tokens, by kid; keys of other kinds are passed over (RFC 7517 section 5). Throws
 * KEY_NOT_FIT for two of the same kid, for secrets among public keys and for a secret of less than 32 bytes.
 */
export function webKeys(jwks: readonly WebJwk[]): ReadonlyMap<string, WebKey> {
  const fit = jwks.flatMap((jwk) => {
    const alg = algorithmOf(jwk)
    return alg === undefined || typeof jwk.kid !== 'string' ? [] : [[jwk.kid, { alg, jwk }] as const]
  })
  const keys = new Map(fit)
  const secrets = fit.filter(([, { alg }]) => alg === 'HS256').length
  if (keys.size !== fit.length || (secrets !== 0 && secrets !== fit.length)) {
    throw new FlowsError(
      'KEY_NOT_FIT',
      'The set has two keys of the same kid, or mixes secrets with public keys',
      {
        hint: 'Use the set that keys:export prints.',
      },
    )
  }
  return keys
}

function algorithmOf({
  kty,
  crv,
  alg,
  use,
  key_ops: operations,
  x,
  y,
  k,
}: WebJwk): SigningAlgorithm | undefined {
  const own =
    kty === 'oct' && (base64urlLength(String(k)) ?? 0) >= 32
      ? 'HS256'
      : kty === 'EC' && crv === 'P-256' && [x, y].every((part) => base64urlLength(String(part)) === 32)
        ? 'ES256'
        : kty === 'OKP' && crv === 'Ed25519' && base64urlLength(String(x)) === 32
          ? 'EdDSA'
          : undefined
  const isMeant = (alg === undefined || alg === own) && (use === undefined || use === 'sig')
  return isMeant && (operations === undefined || operations.includes('verify')) ? own : undefined
}

/** Whether a signature is good for a text under a key, by WebCrypto; a point that lies on no curve verifies nothing. */
export async function isWebSignature(
  signature: Uint8Array,
  text: string,
  { alg, jwk: { kty, crv, x, y, k } }: WebKey,
): Promise<boolean> {
  const { subtle } = globalThis.crypto
  const algorithm = parameters[alg]
  const data = new TextEncoder().encode(text)
  const signed = Uint8Array.from(signature)
  if (alg === 'HS256') {
    const secret = decodeBase64url(String(k)) ?? new Uint8Array()
    return subtle.verify(
      algorithm,
      await subtle.importKey('raw', secret, algorithm, false, ['verify']),
      signed,
      data,
    )
  }
  const point = {
    kty: String(kty),
    crv: String(crv),
    x: String(x),
    ...(alg === 'ES256' ? { y: String(y) } : {}),
  }
  const key = await subtle.importKey('jwk', point, algorithm, false, ['verify'])
  return subtle.verify(algorithm, key, signed, data)
}
