import { now } from '../../base/clock.ts'
import { isSignature } from '../../keys/signature.ts'
import { isLowS } from '../../keys/signature-form.ts'
import type { VerifyingKey } from '../../keys/signing-key.ts'
import type { TokenAuthority } from './authority.ts'
import { decodeWithBuffer } from './base64url.ts'
import { readMinted } from './minted-payload.ts'
import {
  type Expected,
  judgeClaims,
  judgeMinted,
  readClaims,
  readHeader,
  refuse,
  splitToken,
  type TokenVerdict,
} from './read-token.ts'

/**
 * Checks a token as strictly as we mint it: one spelling, a closed header, the key's own algorithm, closed and bounded
 * claims, times, issuer, audience and restrictions. Needs no database. The length is bounded before all else.
 */
export function verifyToken(token: string, authority: TokenAuthority, at: Date = now()): TokenVerdict {
  const parts = splitToken(token, decodeWithBuffer)
  if (parts === undefined) return refuse('malformed')
  const { header, payload, signingInput, signature } = parts
  // A header that is not byte for byte ours may still be good, and is then read with all care.
  const key = authority.headers.get(header) ?? findKey(header, authority)
  if (key === 'malformed') return refuse('malformed')
  if (key === undefined || !isOurSignature(signature, signingInput, key)) return refuse('signature')
  const { issuer, audience } = authority
  return judge(payload, { issuer, audience, at })
}

function judge(payload: string, expected: Expected): TokenVerdict {
  const bytes = decodeWithBuffer(payload)
  if (bytes === undefined) return refuse('malformed')
  const minted = readMinted(bytes.toString('latin1'))
  // A payload that is spelled otherwise than ours may still be good, and is then read with all care.
  return minted === undefined ? judgeClaims(readClaims(bytes), expected) : judgeMinted(minted, expected)
}

function findKey(part: string, { keys }: TokenAuthority): VerifyingKey | 'malformed' | undefined {
  const header = readHeader(part, decodeWithBuffer)
  if (header === undefined) return 'malformed'
  const key = keys.get(header.kid)
  return key?.alg === header.alg ? key : undefined
}

function isOurSignature(signature: Uint8Array, signingInput: string, key: VerifyingKey): boolean {
  return isSignature(signature, signingInput, key) && (key.alg !== 'ES256' || isLowS(signature))
}
