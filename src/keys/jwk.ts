import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { base64urlLength, decodeBase64url } from '../base/base64url.ts'
import { FlowsError } from '../base/errors.ts'
import type { AlgorithmKey } from './signature.ts'
import type { SigningAlgorithm } from './signature-form.ts'

/** A key as JSON (RFC 7517); nothing in it is believed before it was checked. */
export type Jwk = Readonly<Record<string, unknown>>

/** The public part of a signing key as JSON, which any JWT library can read. */
export type PublicJwk = Readonly<{
  kty: 'EC' | 'OKP'
  crv: 'P-256' | 'Ed25519'
  x: string
  y?: string
  kid: string
  alg: 'ES256' | 'EdDSA'
  use: 'sig'
}>

/**
 * The key of a JWK that may verify signatures of this algorithm: right type, curve and lengths, on its curve, HMAC keys
 * of at least 32 bytes, and nothing in `alg`, `use` or `key_ops` against it. Throws KEY_NOT_FIT.
 */
export function verifyingKeyOf(jwk: Jwk, alg: SigningAlgorithm): AlgorithmKey {
  if ((jwk.alg !== undefined && jwk.alg !== alg) || !mayVerify(jwk)) {
    throw unfit('The key is not meant to verify signatures of this algorithm')
  }
  return { alg, key: alg === 'HS256' ? secretOf(jwk) : publicOf(jwk, alg) }
}

function mayVerify({ use, key_ops: operations }: Jwk): boolean {
  if (use !== undefined && use !== 'sig') return false
  if (operations === undefined) return true
  return (
    Array.isArray(operations) &&
    operations.includes('verify') &&
    new Set(operations).size === operations.length
  )
}

function secretOf({ kty, k }: Jwk): KeyObject {
  const bytes = typeof k === 'string' ? decodeBase64url(k) : undefined
  if (kty !== 'oct' || bytes === undefined) throw unfit('The key is no secret of octets')
  if (bytes.length < 32) throw unfit('A key for HS256 needs at least 32 bytes')
  return createSecretKey(bytes)
}

function publicOf({ kty, crv, x, y }: Jwk, alg: 'ES256' | 'EdDSA'): KeyObject {
  const isEc = alg === 'ES256'
  const isOfType = isEc ? kty === 'EC' && crv === 'P-256' : kty === 'OKP' && crv === 'Ed25519'
  if (!isOfType || !isCoordinate(x) || (isEc && !isCoordinate(y))) {
    throw unfit('The key is not of the type and curve of this algorithm')
  }
  try {
    const point = isEc ? { kty: 'EC', crv: 'P-256', x, y: String(y) } : { kty: 'OKP', crv: 'Ed25519', x }
    return createPublicKey({ key: point, format: 'jwk' })
  } catch (cause) {
    throw unfit('The point of the key does not lie on its curve', cause)
  }
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && base64urlLength(value) === 32
}

function unfit(message: string, cause?: unknown): FlowsError {
  return new FlowsError('KEY_NOT_FIT', message, {
    hint: 'Give a JWK of the type oct, EC (P-256) or OKP (Ed25519), for signatures.',
    cause,
  })
}
