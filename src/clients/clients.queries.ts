import type { Database } from '../database/database.ts'
import { every, sql } from '../database/sql.ts'
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

/** Lets the code of an erased client be given to another one. */
export async function freeErasedCode(db: Database, clientCode: string): Promise<void> {
  await db.run(sql`
    update flows_private.client_erasures
    set is_code_free = true
    where client_code = ${clientCode} and not is_code_free`)
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

/** Clients that fit every condition given, newest first. */
export function selectClients(
  db: Database,
  { status, tier, region }: { status?: string; tier?: string; region?: string },
  limit: number,
): Promise<Client[]> {
  const conditions = every([
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(tier === undefined ? [] : [sql`tier = ${tier}`]),
    ...(region === undefined ? [] : [sql`region = ${region}`]),
  ])
  return db.many(sql`
    select ${columns} from flows.clients
    where ${conditions}
    order by created_at desc, client_code
    limit ${limit}`)
}

/** Changes what is given of a client; a domain of null takes it away. */
export function updateRegistered(
  db: Database,
  id: string,
  changes: { legalName?: string; domain?: string | null; tier?: string; region?: string },
): Promise<Client> {
  const { legalName = null, domain, tier = null, region = null } = changes
  return db.one(sql`
    update flows.clients
    set legal_name = coalesce(${legalName}, legal_name),
      domain = case when ${domain === undefined} then domain else ${domain ?? null} end,
      tier = coalesce(${tier}, tier),
      region = coalesce(${region}, region)
    where id = ${id}
    returning ${columns}`)
}

/** Shuts a client out or lets it in again. */
export function updateStatus(db: Database, id: string, status: Client['status']): Promise<Client> {
  return db.one(sql`
    update flows.clients
    set status = ${status},
      deactivated_at = case when ${status === 'inactive'} then coalesce(deactivated_at, now()) end
    where id = ${id}
    returning ${columns}`)
}
