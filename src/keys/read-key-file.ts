import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64url } from '../base/base64url.ts'
import { FlowsError } from '../base/errors.ts'
import type { Jwk } from './jwk.ts'
import { isSignature, signData } from './signature.ts'
import { privateKey, publicKey, type SigningKey, secretKey, type VerifyingKey } from './signing-key.ts'

const pemBlock = /-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g

/**
 * The keys of a key file, in its order: one or more PEM blocks (PKCS#8, or a public key), a JWK, or a JWK set. A key
 * without its private part only verifies. Throws KEY_FILE_INVALID.
 */
export function readKeyFile(text: string): readonly VerifyingKey[] {
  const keys = text.trimStart().startsWith('{') ? readJwks(text) : readPem(text)
  if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) throw invalid('has two keys of the same kid')
  for (const key of keys) if (isSigningKey(key)) checkPair(key)
  return keys
}

/** Whether a key has its private part. */
export function isSigningKey(key: VerifyingKey): key is SigningKey {
  return 'signingKey' in key
}

function readPem(text: string): VerifyingKey[] {
  const blocks = [...text.matchAll(pemBlock)]
  if (blocks.length === 0) throw invalid('holds neither PEM nor JSON')
  return blocks.map(([block, label]) =>
    label === 'PUBLIC KEY'
      ? publicKey(importKey(() => createPublicKey(block)))
      : privateKey(importKey(() => createPrivateKey(block))),
  )
}

function readJwks(text: string): VerifyingKey[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // Without the cause: a message about the syntax repeats a piece of the text, which is a secret.
    throw invalid('is not JSON')
  }
  const { keys } = json as { keys?: unknown }
  const jwks = keys === undefined ? [json] : keys
  if (!Array.isArray(jwks) || jwks.length === 0) throw invalid('has no keys in its set')
  return jwks.map(readJwk)
}

function readJwk(value: unknown): VerifyingKey {
  if (typeof value !== 'object' || value === null) throw invalid('has a key that is none')
  const { kid, use, alg, ...jwk } = value as Jwk
  if ((kid !== undefined && typeof kid !== 'string') || (use !== undefined && use !== 'sig')) {
    throw invalid('has a key that is not for signatures')
  }
  const key =
    jwk.kty === 'oct'
      ? readSecret(jwk, kid)
      : jwk.d === undefined
        ? publicKey(
            importKey(() => createPublicKey({ key: jwk, format: 'jwk' })),
            kid,
          )
        : privateKey(
            importKey(() => createPrivateKey({ key: jwk, format: 'jwk' })),
            kid,
          )
  if (alg !== undefined && alg !== key.alg) throw invalid('has a key of another algorithm than it says')
  return key
}

function readSecret({ k }: Jwk, kid: string | undefined): SigningKey {
  const bytes = typeof k === 'string' ? decodeBase64url(k) : undefined
  if (bytes === undefined || bytes.length < 32) throw invalid('has a secret of less than 32 bytes')
  return secretKey(bytes, kid)
}

function importKey(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (cause) {
    throw invalid('has a key that cannot be read', cause)
  }
}

/** A JWK may name a public part that is not that of its private part: nobody could verify what it signs. */
function checkPair({ alg, key, signingKey }: SigningKey): void {
  const signature = signData('flows-db', { alg, key: signingKey })
  if (!isSignature(signature, 'flows-db', { alg, key }))
    throw invalid('has a private key of another public key')
}

function invalid(what: string, cause?: unknown): FlowsError {
  return new FlowsError('KEY_FILE_INVALID', `The file of JWT_KEY_FILE ${what}`, {
    hint: 'Make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem',
    cause,
  })
}
