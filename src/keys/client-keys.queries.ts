import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { ClientKeyState, KeyName } from './client-key.ts'

/** A client's key as it is kept; nothing is left of a shredded one. */
export type WrappedKey = KeyName & Readonly<{ state: ClientKeyState; wrappedKey: Buffer | null }>

/** Keeps a wrapped key as the client's active one. */
export async function insertClientKey(
  db: Database,
  { clientId, epoch }: KeyName,
  wrapped: Buffer,
): Promise<void> {
  await db.run(sql`
    insert into flows_private.client_keys (client_id, epoch, wrapped_key)
    values (${clientId}, ${epoch}, ${wrapped})`)
}

/** The client's active key, if it has one. */
export function findActiveKey(db: Database, clientId: string): Promise<WrappedKey | undefined> {
  return db.maybe(sql`
    select client_id, epoch, state, wrapped_key
    from flows_private.client_keys
    where client_id = ${clientId} and state = 'active'`)
}

/** The client's key of an epoch, in whatever state it is. */
export function findKeyOfEpoch(db: Database, { clientId, epoch }: KeyName): Promise<WrappedKey | undefined> {
  return db.maybe(sql`
    select client_id, epoch, state, wrapped_key
    from flows_private.client_keys
    where client_id = ${clientId} and epoch = ${epoch}`)
}
