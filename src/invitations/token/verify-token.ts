import { now } from '../../base/clock.ts'
import { restrictionFault } from '../restrictions.ts'
import { type SigningKey, sign, type TokenAuthority } from './authority.ts'
import { decodeBase64url } from './base64url.ts'
import { isTokenClaims, maxTokenLength, type TokenClaims } from './claims.ts'
import { isClosedObject } from './closed-object.ts'
import { readJsonPart } from './json-part.ts'
import { equalBytes } from './token-hash.ts'

/** Why a token is refused without looking anything up. */
export type TokenFault =
  | 'malformed'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'not_yet_valid'
  | 'expired'
  | 'restriction_unknown'

/** A verdict on a token; the claims are there where the signature is ours, also when the token is refused. */
export type TokenVerdict =
  | Readonly<{ valid: true; claims: TokenClaims }>
  | Readonly<{ valid: false; reason: TokenFault; claims: TokenClaims | null }>

const allowedSkew = 60

/**
 * Checks a token as strictly as we mint it: one spelling, a closed header, the key's own algorithm, closed and bounded
 * claims, times, issuer, audience and restrictions. Needs no database. The length is bounded before all else.
 */
export function verifyToken(token: string, authority: TokenAuthority, at: Date = now()): TokenVerdict {
  const refuse = (reason: TokenFault, claims: TokenClaims | null = null): TokenVerdict => ({
    valid: false,
    reason,
    claims,
  })
  const parts = token.length > maxTokenLength ? [] : token.split('.')
  const [header = '', payload = '', signature = ''] = parts
  if (parts.length !== 3) return refuse('malformed')
  const mac = decodeBase64url(signature)
  const named = readHeader(header)
  if (mac === undefined || named === undefined) return refuse('malformed')
  const key = authority.keys.get(named.kid)
  if (key === undefined || !isSigned(`${header}.${payload}`, mac, named.alg, key)) return refuse('signature')
  const claims = readJsonPart(payload)
  if (!isTokenClaims(claims)) return refuse('malformed')
  const reason = faultOf(claims, authority, at)
  return reason === undefined ? { valid: true, claims } : refuse(reason, claims)
}

function readHeader(part: string): { alg: string; kid: string } | undefined {
  const header = readJsonPart(part)
  if (!isClosedObject(header, ['alg', 'typ', 'kid'])) return undefined
  const { alg, typ, kid } = header
  return typ === 'JWT' && typeof alg === 'string' && typeof kid === 'string' ? { alg, kid } : undefined
}

function isSigned(signingInput: string, mac: Buffer, alg: string, key: SigningKey): boolean {
  return alg === key.alg && equalBytes(mac, sign(signingInput, key))
}

function faultOf(claims: TokenClaims, authority: TokenAuthority, at: Date): TokenFault | undefined {
  const seconds = at.getTime() / 1_000
  if (claims.iss !== authority.issuer) return 'issuer'
  if (claims.aud !== authority.audience) return 'audience'
  if (claims.iat > seconds + allowedSkew) return 'not_yet_valid'
  if (claims.exp <= seconds) return 'expired'
  return restrictionFault(claims.invitation.restrictions)
}
