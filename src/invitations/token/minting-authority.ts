import type { Database } from '../../database/database.ts'
import { activeSigningKey } from '../../keys/active-signing-key.ts'
import type { TokenAuthority } from './authority.ts'

/** The authority with the key that the database calls active, for minting; throws KEY_INACTIVE. */
export async function mintingAuthority(db: Database, authority: TokenAuthority): Promise<TokenAuthority> {
  return { ...authority, signingKey: await activeSigningKey(db, authority.keys.values()) }
}
