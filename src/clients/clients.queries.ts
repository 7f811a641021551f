import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { Client, ClientDraft } from './client.ts'

const columns = sql`id, client_code, legal_name, domain, tier, region, status, created_at`

/** Puts a client into the registry. */
export function insertClient(db: Database, draft: ClientDraft): Promise<Client> {
  return db.one(sql`
    insert into flows.clients (client_code, legal_name, domain, tier, region)
    values (
      ${draft.clientCode}, ${draft.legalName}, ${draft.domain ?? null}, ${draft.tier ?? 'free'}, ${draft.region}
    )
    returning ${columns}`)
}

/** The client with this code. */
export function selectClient(db: Database, clientCode: string): Promise<Client | undefined> {
  return db.maybe(sql`select ${columns} from flows.clients where client_code = ${clientCode}`)
}

/** Codes of clients, newest first, among which a mistyped one may be found. */
export async function selectClientCodes(db: Database, limit: number): Promise<string[]> {
  const rows = await db.many<{ clientCode: string }>(sql`
    select client_code from flows.clients order by created_at desc limit ${limit}`)
  return rows.map(({ clientCode }) => clientCode)
}
