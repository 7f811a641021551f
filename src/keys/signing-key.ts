import { createHash, createPublicKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import type { PublicJwk } from './jwk.ts'
import type { SigningAlgorithm } from './signature-form.ts'

/** A key that tokens are verified with; its algorithm belongs to it and is never chosen by a token. */
export type VerifyingKey = Readonly<{
  kid: string
  alg: SigningAlgorithm
  /** The public key, or the secret of HS256. */
  key: KeyObject
  /** Null for HS256, of which nothing is public. */
  publicJwk: PublicJwk | null
}>

/** A key that tokens are signed with, too; for HS256 both keys are the same secret. */
export type SigningKey = VerifyingKey & Readonly<{ signingKey: KeyObject }>

/** What a signing key may still be used for. Nothing is believed that was signed by the last two. */
export type SigningKeyState = 'pre-active' | 'active' | 'retiring' | 'revoked' | 'shredded'

/**
 * The HS256 key of a secret of at least 32 bytes. Without a `kid` of its own its name follows from the secret and tells
 * nothing of it, so that rotated secrets can be told apart.
 */
export function secretKey(secret: Uint8Array, kid?: string): SigningKey {
  const key = createSecretKey(secret)
  const name = kid ?? Buffer.from(hkdfSync('sha256', secret, '', 'flows-db/v1|kid', 12)).toString('base64url')
  return Object.freeze({ kid: checkKid(name), alg: 'HS256', key, signingKey: key, publicJwk: null })
}

/** The ES256 (P-256) or EdDSA (Ed25519) key of a private key; throws KEY_FILE_INVALID for any other. */
export function privateKey(signingKey: KeyObject, kid?: string): SigningKey {
  return Object.freeze({ ...publicKey(createPublicKey(signingKey), kid), signingKey })
}

/**
 * The ES256 (P-256) or EdDSA (Ed25519) key of a public key, which verifies and does not sign. Without a `kid` of its own
 * it is named by its thumbprint (RFC 7638). Throws KEY_FILE_INVALID for any other key.
 */
export function publicKey(key: KeyObject, kid?: string): VerifyingKey {
  const { kty, crv, x = '', y = '' } = key.export({ format: 'jwk' })
  const isEc = kty === 'EC' && crv === 'P-256'
  if (!isEc && !(kty === 'OKP' && crv === 'Ed25519')) {
    throw new FlowsError('KEY_FILE_INVALID', 'A signing key must be of P-256 or Ed25519', {
      hint: 'Make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem',
    })
  }
  const point = isEc
    ? ({ crv: 'P-256', kty: 'EC', x, y } as const)
    : ({ crv: 'Ed25519', kty: 'OKP', x } as const)
  const name = checkKid(kid ?? createHash('sha256').update(JSON.stringify(point)).digest('base64url'))
  const alg = isEc ? 'ES256' : 'EdDSA'
  const publicJwk: PublicJwk = { ...point, kid: name, alg, use: 'sig' }
  return Object.freeze({ kid: name, alg, key, publicJwk })
}

function checkKid(kid: string): string {
  if (/^[A-Za-z0-9._~-]{1,100}$/.test(kid)) return kid
  throw new FlowsError('KEY_FILE_INVALID', 'The kid of a signing key has characters that it must not have', {
    hint: 'Use letters, digits, dots, dashes, underscores and tildes, at most 100.',
  })
}
