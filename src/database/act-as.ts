import type { Database } from './database.ts'
import { sql } from './sql.ts'

/** Who a transaction is: a database role, and what Supabase's gateway would have said about the caller. */
export type Actor = {
  role: 'anon' | 'authenticated' | 'service_role' | (string & {})
  /** The access token's claims: an object, or the text as it is (also a malformed one); left out, none are set. */
  claims?: object | string
  /** A GET: PostgREST runs it in a read-only transaction. */
  readOnly?: boolean
}

/**
 * Runs work as PostgREST would for this caller: one transaction in which the role and the claims
 * hold, and end with it. `db` must be a connection whose user may become the role (authenticator).
 * Source: docs/references/transactions.rst of PostgREST.
 */
export function actAs<Result>(
  db: Database,
  actor: Actor,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (tx) => {
    if (actor.readOnly === true) await tx.run(sql`set transaction read only`)
    await tx.run(sql`
      select set_config('role', ${actor.role}, true),
             set_config('request.jwt.claims', ${claimsText(actor)}, true)`)
    return work(tx)
  })
}

function claimsText({ role, claims }: Actor): string {
  if (typeof claims === 'string') return claims
  return claims === undefined ? '' : JSON.stringify({ role, ...claims })
}

/**
 * Runs work as one client on the library's own connection: RLS holds it to that client's rows.
 * The cheapest way to be a client for a server that has checked its caller itself.
 */
export function actAsClient<Result>(
  db: Database,
  clientId: string,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  return db.transaction(async (tx) => {
    await tx.run(sql`
      select set_config('role', 'authenticated', true),
             set_config('request.jwt.claims', '', true),
             set_config('flows.client_id', ${clientId}, true)`)
    return work(tx)
  })
}
