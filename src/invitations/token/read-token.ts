import { parseCanonicalJson } from '../../base/json-text.ts'
import { restrictionFault } from '../restrictions.ts'
import { isTokenClaims, maxTokenLength, type TokenClaims } from './claims.ts'
import { isClosedObject } from './closed-object.ts'

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

/** A token taken apart: its first two parts, what is signed (both with their dot), and its signature. */
export type TokenParts = Readonly<{
  header: string
  payload: string
  signingInput: string
  signature: Uint8Array
}>

/** Decodes canonical base64url, and nothing else. */
export type Decode = (text: string) => Uint8Array | undefined

const allowedSkew = 60

/** Takes a token apart; undefined if it is too long, has not three parts, or its signature has a second spelling. */
export function splitToken(token: string, decode: Decode): TokenParts | undefined {
  if (typeof token !== 'string' || token.length > maxTokenLength) return undefined
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  // A third dot would be in the signature, where base64url has none.
  const signature = first === -1 || second === -1 ? undefined : decode(token.slice(second + 1))
  if (signature === undefined) return undefined
  const header = token.slice(0, first)
  return { header, payload: token.slice(first + 1, second), signingInput: token.slice(0, second), signature }
}

/** What a closed header says; undefined if it has more or less in it than alg, typ and kid, or another typ. */
export function readHeader(part: string, decode: Decode): { alg: string; kid: string } | undefined {
  const bytes = decode(part)
  const header = bytes === undefined ? undefined : parseCanonicalJson(bytes)
  if (!isClosedObject(header, ['alg', 'typ', 'kid'])) return undefined
  const { alg, typ, kid } = header
  return typ === 'JWT' && typeof alg === 'string' && typeof kid === 'string' ? { alg, kid } : undefined
}

/** The claims that a payload spells in canonical JSON; undefined if it spells anything else. */
export function readClaims(bytes: Uint8Array): TokenClaims | undefined {
  const claims = parseCanonicalJson(bytes)
  return isTokenClaims(claims) ? claims : undefined
}

/** What a token's claims are held against. */
export type Expected = Readonly<{ issuer: string; audience: string; at: Date }>

/** The verdict on the claims of a token whose signature is good: their issuer, audience, times and restrictions. */
export function judgeClaims(claims: TokenClaims | undefined, expected: Expected): TokenVerdict {
  if (claims === undefined) return refuse('malformed')
  const reason = faultOf(claims, expected) ?? restrictionFault(claims.invitation.restrictions)
  return reason === undefined ? { valid: true, claims } : refuse(reason, claims)
}

/** The verdict on claims whose restrictions are known to be without fault. */
export function judgeMinted(claims: TokenClaims, expected: Expected): TokenVerdict {
  const reason = faultOf(claims, expected)
  return reason === undefined ? { valid: true, claims } : refuse(reason, claims)
}

/** The verdict on a token that is refused. */
export function refuse(reason: TokenFault, claims: TokenClaims | null = null): TokenVerdict {
  return { valid: false, reason, claims }
}

function faultOf(claims: TokenClaims, { issuer, audience, at }: Expected): TokenFault | undefined {
  const seconds = at.getTime() / 1_000
  if (claims.iss !== issuer) return 'issuer'
  if (claims.aud !== audience) return 'audience'
  if (Math.max(claims.iat, claims.nbf ?? 0) > seconds + allowedSkew) return 'not_yet_valid'
  // Written so that a time that is none refuses.
  return claims.exp > seconds ? undefined : 'expired'
}
