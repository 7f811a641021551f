import { FlowsError } from '../../base/errors.ts'
import { signJws } from '../../keys/sign-jws.ts'
import type { TokenAuthority } from './authority.ts'
import { maxTokenLength, type TokenClaims } from './claims.ts'

/** What the authority adds to the claims of a token. */
export type UnsignedClaims = Omit<TokenClaims, 'iss' | 'aud'>

/** Signs claims as a compact JWS (RFC 7515); throws INVITATION_TOO_LARGE beyond 4096 characters. */
export function mintToken({ issuer, audience, signingKey }: TokenAuthority, claims: UnsignedClaims): string {
  const payload: TokenClaims = { iss: issuer, aud: audience, ...claims }
  const token = signJws(payload, 'JWT', signingKey)
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
