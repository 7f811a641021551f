import { FlowsError } from '../../base/errors.ts'
import { signData } from '../../keys/signature.ts'
import { headerOf, type TokenAuthority } from './authority.ts'
import { maxTokenLength, type TokenClaims } from './claims.ts'

/** What the authority adds to the claims of a token. */
export type UnsignedClaims = Omit<TokenClaims, 'iss' | 'aud'>

/** Signs claims as a compact JWS (RFC 7515); throws INVITATION_TOO_LARGE beyond 4096 characters. */
export function mintToken({ issuer, audience, signingKey }: TokenAuthority, claims: UnsignedClaims): string {
  const payload: TokenClaims = { iss: issuer, aud: audience, ...claims }
  const signingInput = `${headerOf(signingKey)}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  const signature = signData(signingInput, { alg: signingKey.alg, key: signingKey.signingKey })
  const token = `${signingInput}.${signature.toString('base64url')}`
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
