import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { type TokenAuthority, tokenAuthority } from '../../src/invitations/token/authority.ts'
import { signData } from '../../src/keys/signature.ts'
import type { SigningAlgorithm } from '../../src/keys/signature-form.ts'

const names = { jwtIssuer: 'api.thepia.com', jwtAudience: 'flows.thepia.net' }

/** An authority with one new key of this algorithm. */
export function authorityOf(alg: SigningAlgorithm): TokenAuthority {
  const jwtSecret = randomBytes(32).toString('base64')
  if (alg === 'HS256') return tokenAuthority({ ...names, jwtSecret })
  const { privateKey } =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const jwtKeys = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return tokenAuthority({ ...names, jwtSecret, hasJwtSecret: false, jwtKeys })
}

/** One authority of each algorithm. */
export const authorities: readonly (readonly [SigningAlgorithm, TokenAuthority])[] = (
  ['HS256', 'ES256', 'EdDSA'] as const
).map((alg) => [alg, authorityOf(alg)] as const)

/** A token of any header and payload (an object, or the very bytes), signed rightly with the authority's key. */
export function forgeWith(
  { signingKey }: TokenAuthority,
  payload: object | string | Buffer,
  header: object | string = { alg: signingKey.alg, typ: 'JWT', kid: signingKey.kid },
): string {
  const signingInput = `${encode(header)}.${encode(payload)}`
  const signature = signData(signingInput, { alg: signingKey.alg, key: signingKey.signingKey })
  return `${signingInput}.${signature.toString('base64url')}`
}

function encode(part: object | string | Buffer): string {
  const bytes = Buffer.isBuffer(part) || typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(bytes as Buffer).toString('base64url')
}
