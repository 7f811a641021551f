import { decodeBase64url } from '../base/base64url.ts'
import { FlowsError } from '../base/errors.ts'
import { type Jwk, verifyingKeyOf } from './jwk.ts'
import { readJwsHeader } from './jws-header.ts'
import { isSignature } from './signature.ts'
import { type SigningAlgorithm, signatureBytes } from './signature-form.ts'

/** The longest JWS that is read at all, in characters. */
export const maxJwsLength = 250_000

// Keys come from the caller, never from the token; and no extension is understood here.
const refusedNames = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64']

/**
 * The payload of a compact JWS (RFC 7515) that is signed under a JWK, or a key of a JWK set, with exactly the algorithm
 * that is expected. Strict: one spelling of base64url, no name twice in the header, no key in it, no extension. Throws
 * JWS_NOT_VALID, or KEY_NOT_FIT for a key or set that must not be used like this.
 */
export function verifyJws(token: string, jwks: Jwk, expectedAlg: SigningAlgorithm): Buffer {
  if (!Object.hasOwn(signatureBytes, expectedAlg))
    throw unfit('The expected algorithm is none of HS256, ES256 and EdDSA')
  const [header = '', payload = '', signature = '', ...more] =
    typeof token === 'string' && token.length <= maxJwsLength ? token.split('.') : []
  const [named, data, signed] = [header, payload, signature].map(decodeBase64url)
  const said = named === undefined || header === '' ? undefined : readJwsHeader(named)
  if (said === undefined || data === undefined || signed === undefined || more.length > 0) {
    throw invalid('This is no compact JWS in its one spelling')
  }
  if (said.alg !== expectedAlg || refusedNames.some((name) => Object.hasOwn(said, name))) {
    throw invalid('The header asks for another algorithm, another key or an extension')
  }
  const key = verifyingKeyOf(findJwk(jwks, said.kid), expectedAlg)
  if (!isSignature(signed, `${header}.${payload}`, key)) throw invalid('The signature is not good')
  return Buffer.from(data)
}

/**
 * Whether a signature is good for data under a JWK and an algorithm: HMAC-SHA256, ECDSA on P-256 as r | s (either s), or
 * Ed25519. Throws KEY_NOT_FIT.
 */
export function verifySignature(
  signature: Uint8Array,
  data: Uint8Array,
  { jwk, alg }: { jwk: Jwk; alg: SigningAlgorithm },
): boolean {
  return isSignature(signature, data, verifyingKeyOf(jwk, alg))
}

function findJwk(jwks: Jwk, kid: unknown): Jwk {
  if (kid !== undefined && typeof kid !== 'string') throw invalid('The kid in the header is no text')
  const set = Object.hasOwn(jwks, 'keys') ? jwks.keys : [jwks]
  if (!Array.isArray(set) || !set.every(isObject)) throw unfit('The set holds something that is no key')
  checkSet(set)
  const candidates = set.filter(
    (jwk) => kid === undefined || jwk.kid === kid || (set.length === 1 && jwk.kid === undefined),
  )
  const [candidate, another] = candidates
  if (candidate === undefined || another !== undefined) {
    throw invalid('The header does not say which one of the keys is meant')
  }
  return candidate
}

/** A set in which a name has two keys, or secrets lie among public keys, was put together by mistake. */
function checkSet(set: readonly Jwk[]): void {
  const kids = set.flatMap(({ kid }) => (kid === undefined ? [] : [kid]))
  if (new Set(kids).size !== kids.length) throw unfit('Two keys of the set have the same kid')
  const secrets = set.filter(({ kty }) => kty === 'oct').length
  if (secrets !== 0 && secrets !== set.length) throw unfit('The set mixes secrets with public keys')
}

function isObject(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string): FlowsError {
  return new FlowsError('JWS_NOT_VALID', message, { hint: 'Ask its issuer for another one.' })
}

function unfit(message: string): FlowsError {
  return new FlowsError('KEY_NOT_FIT', message, {
    hint: 'Give a JWK, or a JWK set with one key a kid, and HS256, ES256 or EdDSA.',
  })
}
