import { isDeepStrictEqual } from 'node:util'
import { decodeBase64url } from '../base/base64url.ts'
import { parseJson } from '../base/json-text.ts'
import type { TokenAuthority } from '../invitations/token/authority.ts'
import { jwsHeader, signJws } from '../keys/sign-jws.ts'
import { isSignature } from '../keys/signature.ts'
import type { SigningKey } from '../keys/signing-key.ts'
import type { ErasureReason } from './erasure-reason.ts'

/** What was erased of a client, without a name or an address of anybody; moments as ISO 8601. */
export type ErasureFacts = Readonly<{
  format: 'flows-db erasure certificate, format 1'
  id: string
  clientCode: string
  clientId: string
  reason: ErasureReason
  /** The user or the database role that erased it. */
  erasedBy: string
  erasedAt: string
  /** When the last of it was gone; null while files wait to be deleted. */
  completedAt: string | null
  /** Each table with its rows and the SHA-256 that a plain backup without keys had for them; null where it leaves them out. */
  tables: readonly Readonly<{ table: string; rows: number; sha256: string | null }>[]
  rows: number
  /** Rows that were still written by transactions which were open at the time, and deleted when those had ended. */
  lateRows: number
  keysDestroyed: number
  files: Readonly<{ bucketId: string; objects: number; bytes: number }> | null
  /** The audit trail, which stays: how many events there were, and for how many days each is kept. */
  trail: Readonly<{ events: number; days: number }>
  /** The SHA-256 of `tables` as JSON. */
  digest: string
}>

/** The facts with their seal: a compact JWS (RFC 7515) whose payload is the facts. */
export type ErasureCertificate = ErasureFacts & Readonly<{ seal: string }>

const sealType = 'flows-db-erasure'

/** Seals facts with a signing key. No token reads like this: its header says another type. */
export function sealCertificate(facts: ErasureFacts, key: SigningKey): ErasureCertificate {
  return { ...facts, seal: signJws(facts, sealType, key) }
}

/** Whether a certificate is sealed by a key of this authority and says what it said then. */
export function verifyCertificate(certificate: unknown, authority: Pick<TokenAuthority, 'keys'>): boolean {
  if (typeof certificate !== 'object' || certificate === null) return false
  const { seal, ...facts } = certificate as Record<string, unknown>
  if (typeof seal !== 'string') return false
  const [header = '', payload = '', signature = '', ...more] = seal.split('.')
  const key = [...authority.keys.values()].find((known) => jwsHeader(known, sealType) === header)
  const signed = decodeBase64url(signature)
  const said = decodeBase64url(payload)
  return (
    key !== undefined &&
    more.length === 0 &&
    signed !== undefined &&
    said !== undefined &&
    isSignature(signed, `${header}.${payload}`, key) &&
    isDeepStrictEqual(parseJson(said), facts)
  )
}
