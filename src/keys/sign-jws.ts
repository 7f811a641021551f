import { signData } from './signature.ts'
import type { SigningKey, VerifyingKey } from './signing-key.ts'

/** What a JWS says it is; none of one type is ever taken for another. */
export type JwsType = 'JWT' | 'flows-db-erasure'

/** The header of everything of a type that a key signs, in base64url. */
export function jwsHeader({ alg, kid }: Pick<VerifyingKey, 'alg' | 'kid'>, typ: JwsType): string {
  return Buffer.from(JSON.stringify({ alg, typ, kid })).toString('base64url')
}

/** Signs an object as a compact JWS (RFC 7515). */
export function signJws(payload: object, typ: JwsType, key: SigningKey): string {
  const input = `${jwsHeader(key, typ)}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  return `${input}.${signData(input, { alg: key.alg, key: key.signingKey }).toString('base64url')}`
}
