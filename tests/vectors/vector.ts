import { readFileSync } from 'node:fs'
import type { Jwk } from '../../src/keys/jwk.ts'
import type { SigningAlgorithm } from '../../src/keys/signature-form.ts'

/** A compact JWS, or something that is none, with a key or a key set, and whether it must be believed. */
export type JwsVector = {
  comment: string
  alg: SigningAlgorithm
  jwk: Jwk
  jws: unknown
  result: 'valid' | 'invalid'
}

/** A signature over data in hex. */
export type SignatureVector = {
  comment: string
  alg: SigningAlgorithm
  jwk: Jwk
  msg: string
  sig: string
  result: 'valid' | 'invalid'
}

/** A ciphertext of AES-256-GCM in hex. */
export type GcmVector = Record<'comment' | 'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string> & {
  result: 'valid' | 'invalid'
}

/** Keying material of HKDF-SHA256 in hex. */
export type HkdfVector = Record<'comment' | 'ikm' | 'salt' | 'info' | 'okm', string> & {
  size: number
  result: 'valid' | 'invalid'
}

/** All vectors, by kind. */
export type Vectors = {
  jws: JwsVector[]
  signature: SignatureVector[]
  gcm: GcmVector[]
  hkdf: HkdfVector[]
}

/** The vectors of this folder. */
export function readVectors(): Vectors {
  return JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
}
