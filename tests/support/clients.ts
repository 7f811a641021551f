import { randomBytes, randomUUID } from 'node:crypto'
import type { ClientDraft } from '../../src/clients/client.ts'
import { type CreatedClient, createClient } from '../../src/clients/create-client.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

/** What clients of tests are made with. */
export const createOptions = { masterKey: randomBytes(32), storageBucketPrefix: 'flows' }

let count = 0

/** A client like no other in this test file; `db` connects as staff. */
export function newClient(db: Database, draft: Partial<ClientDraft> = {}): Promise<CreatedClient> {
  count += 1
  const clientCode = `client-${count}`
  return createClient(db, { clientCode, legalName: 'A Client Ltd', region: 'EU', ...draft }, createOptions)
}

/** The claims of a signed-in member of this client. */
export function memberClaims({ id }: { id: string }, role: 'member' | 'admin' = 'member'): object {
  return { sub: randomUUID(), app_metadata: { client_id: id, client_role: role } }
}

/** Adds active members straight to the table, as many as asked, and gives the ids of their sign-ins. */
export async function addMembers(db: Database, { id }: { id: string }, members: number): Promise<string[]> {
  const users = Array.from({ length: members }, () => randomUUID())
  await db.run(sql`
    insert into flows.client_members (client_id, user_id) select ${id}, unnest(${users}::uuid[])`)
  return users
}
