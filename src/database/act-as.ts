import { FlowsError } from '../base/errors.ts'
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
  const readOnly = actor.readOnly === true ? sql`set_config('transaction_read_only', 'on', true),` : sql``
  const opening = sql`
    select ${readOnly}
           set_config('role', ${actor.role}, true),
           set_config('request.jwt.claims', ${claimsText(actor)}, true)`
  return db.transaction((tx) => work(tx), opening)
}

function claimsText({ role, claims }: Actor): string {
  if (typeof claims === 'string') return claims
  return claims === undefined ? '' : JSON.stringify({ role, ...claims })
}

/**
 * Runs work as one client: row-level security holds it to that client's rows, in one transaction. The cheapest way
 * for a server that has checked its caller itself. `db` connects as staff or as the migrating role; throws
 * CLIENT_INACTIVE if there is no such client or it is not active.
 */
export function actAsClient<Result>(
  db: Database,
  clientId: string,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  const opening = sql`
    select set_config('flows.client_id', c.id::text, true),
           set_config('request.jwt.claims', '', true),
           set_config('role', 'authenticated', true)
    from flows.clients c
    where c.id = ${clientId} and c.status = 'active'`
  return db.transaction(async (tx, entered) => {
    if (entered === 0) {
      throw new FlowsError('CLIENT_INACTIVE', 'There is no active client with this id', {
        hint: 'See all clients with: client:list',
      })
    }
    return work(tx)
  }, opening)
}
