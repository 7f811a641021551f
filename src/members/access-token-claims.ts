import type { Database } from '../database/database.ts'
import { runAccessTokenHook } from './members.queries.ts'

/** The claims of an access token, as far as flows-db is concerned. */
export type AccessTokenClaims = { sub: string; app_metadata: Readonly<Record<string, unknown>> }

/**
 * The claims that Supabase Auth would put into this user's next access token: what flows.access_token_hook makes of
 * them. `db` connects as the migrating role.
 */
export async function accessTokenClaims(db: Database, userId: string): Promise<AccessTokenClaims> {
  const event = { user_id: userId, claims: { sub: userId, role: 'authenticated', app_metadata: {} } }
  return (await runAccessTokenHook<{ claims: AccessTokenClaims }>(db, event)).claims
}
