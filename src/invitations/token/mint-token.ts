import { FlowsError } from '../../base/errors.ts'
import { sign, type TokenAuthority } from './authority.ts'
import { encodeBase64url } from './base64url.ts'
import { maxTokenLength, type TokenClaims } from './claims.ts'

/** What the authority adds to the claims of a token. */
export type UnsignedClaims = Omit<TokenClaims, 'iss' | 'aud'>

/** Signs claims as a compact JWS (RFC 7515); throws INVITATION_TOO_LARGE beyond 4096 characters. */
export function mintToken({ issuer, audience, signingKey }: TokenAuthority, claims: UnsignedClaims): string {
  const header = { alg: signingKey.alg, typ: 'JWT', kid: signingKey.kid }
  const payload: TokenClaims = { iss: issuer, aud: audience, ...claims }
  const signingInput = `${encodeBase64url(JSON.stringify(header))}.${encodeBase64url(JSON.stringify(payload))}`
  const token = `${signingInput}.${encodeBase64url(sign(signingInput, signingKey))}`
  if (token.length > maxTokenLength) {
    throw new FlowsError(
      'INVITATION_TOO_LARGE',
      `The token would be longer than ${maxTokenLength} characters`,
      {
        hint: 'Grant fewer permissions or set fewer restrictions in one invitation.',
      },
    )
  }
  return token
}
