import { FlowsError } from '../../base/errors.ts'
import { isSigningKey, readKeyFile } from '../../keys/read-key-file.ts'
import { jwsHeader } from '../../keys/sign-jws.ts'
import { type SigningKey, secretKey, type VerifyingKey } from '../../keys/signing-key.ts'

/** In whose name tokens are signed, for whom, and which keys are believed. */
export type TokenAuthority = Readonly<{
  issuer: string
  audience: string
  /** The first of the keys that can sign; minting asks the database which one is active. */
  signingKey: SigningKey
  /** Every believed key by its kid, in the order of the settings. */
  keys: ReadonlyMap<string, VerifyingKey>
  /** Every believed key by the header of the tokens that we sign with it, as it stands in them. */
  headers: ReadonlyMap<string, VerifyingKey>
}>

/** The settings that tokens depend on. */
export type TokenSettings = Readonly<{
  /** Read only if it is given, or if there is no other key. */
  jwtSecret: string
  /** Whether jwtSecret is given; true if left out. */
  hasJwtSecret?: boolean
  /** The text of a key file: PEM, JWK or JWK set. Its first private key signs. */
  jwtKeys?: string | undefined
  jwtIssuer: string
  jwtAudience: string
}>

/**
 * The authority of an operator's settings: the keys of the key file, then HS256 with JWT_SECRET itself, so that any JWT
 * library can verify. Throws KEY_FILE_INVALID.
 */
export function tokenAuthority(settings: TokenSettings): TokenAuthority {
  const { jwtKeys, hasJwtSecret = true, jwtIssuer, jwtAudience } = settings
  const fromFile = jwtKeys === undefined ? [] : readKeyFile(jwtKeys)
  const needsSecret = hasJwtSecret || !fromFile.some(isSigningKey)
  const all = needsSecret ? [...fromFile, secretKey(Buffer.from(settings.jwtSecret))] : fromFile
  const signingKey = all.find(isSigningKey)
  if (signingKey === undefined || new Set(all.map(({ kid }) => kid)).size !== all.length) {
    throw new FlowsError(
      'KEY_FILE_INVALID',
      'The file of JWT_KEY_FILE has a key that JWT_SECRET makes, too',
      {
        hint: 'Remove one of the two.',
      },
    )
  }
  return Object.freeze({
    issuer: jwtIssuer,
    audience: jwtAudience,
    signingKey,
    keys: new Map(all.map((key) => [key.kid, key])),
    headers: new Map(all.map((key) => [jwsHeader(key, 'JWT'), key])),
  })
}
