import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** A key that signs tokens; its algorithm belongs to it and is never chosen by a token. */
export type SigningKey = Readonly<{ kid: string; alg: 'HS256'; key: KeyObject }>

/** In whose name tokens are signed, for whom, and which keys are believed. */
export type TokenAuthority = Readonly<{
  issuer: string
  audience: string
  signingKey: SigningKey
  /** Every believed key by its kid. */
  keys: ReadonlyMap<string, SigningKey>
}>

/** The settings that tokens depend on. */
export type TokenSettings = Readonly<{ jwtSecret: string; jwtIssuer: string; jwtAudience: string }>

/** The authority of an operator's settings: HS256 with JWT_SECRET itself, so that any JWT library can verify. */
export function tokenAuthority({ jwtSecret, jwtIssuer, jwtAudience }: TokenSettings): TokenAuthority {
  const signingKey = hs256Key(jwtSecret)
  return Object.freeze({
    issuer: jwtIssuer,
    audience: jwtAudience,
    signingKey,
    keys: new Map([[signingKey.kid, signingKey]]),
  })
}

// The name follows from the secret and tells nothing of it, so that rotated secrets can be told apart.
function hs256Key(secret: string): SigningKey {
  const kid = Buffer.from(hkdfSync('sha256', secret, '', 'flows-db/v1|kid', 12)).toString('base64url')
  return Object.freeze({ kid, alg: 'HS256', key: createSecretKey(secret, 'utf8') })
}

/** The signature of a token's first two parts under a key. */
export function sign(signingInput: string, { key }: SigningKey): Buffer {
  return createHmac('sha256', key).update(signingInput).digest()
}
