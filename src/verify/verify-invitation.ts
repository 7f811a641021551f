import { decodeBase64url } from '../base/base64url.ts'
import { now } from '../base/clock.ts'
import {
  judgeClaims,
  readClaims,
  readHeader,
  refuse,
  splitToken,
  type TokenVerdict,
} from '../invitations/token/read-token.ts'
import { isLowS, signatureBytes } from '../keys/signature-form.ts'
import { isWebSignature, type WebJwk, type WebKey, webKeys } from './web-key.ts'

/** In whose name, for whom, and under which keys a token must have been signed. */
export type VerifyOptions = Readonly<{
  issuer: string
  audience: string
  /** The set that `keys:export` prints. */
  jwks?: Readonly<{ keys: readonly WebJwk[] }>
  /** The keys themselves, instead of a set. */
  keys?: readonly WebJwk[]
  /** The present moment if left out. */
  now?: Date
}>

/**
 * Checks an invitation's token as strictly as `verifyToken` does, in a browser, Deno or an edge function: signature, one
 * spelling, claims, times, issuer, audience and restrictions. Whether it was redeemed or revoked only the database knows.
 * Throws KEY_NOT_FIT.
 */
export async function verifyInvitation(token: string, options: VerifyOptions): Promise<TokenVerdict> {
  const keys = webKeys(options.keys ?? options.jwks?.keys ?? [])
  const parts = splitToken(token, decodeBase64url)
  const named = parts === undefined ? undefined : readHeader(parts.header, decodeBase64url)
  if (parts === undefined || named === undefined) return refuse('malformed')
  const key = keys.get(named.kid)
  if (key === undefined || key.alg !== named.alg) return refuse('signature')
  const { payload, signingInput, signature } = parts
  if (!(await isOurSignature(signature, signingInput, key))) return refuse('signature')
  const { issuer, audience } = options
  const bytes = decodeBase64url(payload)
  const claims = bytes === undefined ? undefined : readClaims(bytes)
  return judgeClaims(claims, { issuer, audience, at: options.now ?? now() })
}

async function isOurSignature(signature: Uint8Array, signingInput: string, key: WebKey): Promise<boolean> {
  if (signature.length !== signatureBytes[key.alg] || (key.alg === 'ES256' && !isLowS(signature)))
    return false
  return isWebSignature(signature, signingInput, key)
}
