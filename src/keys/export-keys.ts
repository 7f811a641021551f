import type { Database } from '../database/database.ts'
import type { PublicJwk } from './jwk.ts'
import type { VerifyingKey } from './signing-key.ts'
import { selectSigningKeys } from './signing-keys.queries.ts'

/** A JWK set (RFC 7517): what a verifier needs, and nothing secret. */
export type PublicJwks = Readonly<{ keys: readonly PublicJwk[] }>

/**
 * The public keys under which tokens are good or soon will be: those of the settings and those on record, but for
 * revoked and shredded ones. HS256 has no public key and is left out.
 */
export async function exportKeys(db: Database, configured: Iterable<VerifyingKey>): Promise<PublicJwks> {
  const known = await selectSigningKeys(db)
  const kids = new Set(known.map(({ kid }) => kid))
  const good = known.filter(({ state }) => state !== 'revoked' && state !== 'shredded')
  const fresh = [...configured].filter(({ kid }) => !kids.has(kid))
  return { keys: [...good, ...fresh].flatMap(({ publicJwk }) => (publicJwk === null ? [] : [publicJwk])) }
}
