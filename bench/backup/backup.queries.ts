import { copyIn, copyOut } from '../../src/database/copy.ts'
import type { Database } from '../../src/database/database.ts'
import { identifier, literal, raw, type Sql, sql } from '../../src/database/sql.ts'
import { createClientKey } from '../../src/keys/create-client-key.ts'

/** What wraps the keys of the clients that are seeded. */
export const masterKey = Buffer.alloc(32, 1)

/** A table, as a bare COPY knows it. */
export type BareTable = { schema: string; table: string; owner: string }

/** Makes a client with its bucket, an application, and as many invitations as asked, each with its secret and its redemption. */
export async function seedClient(db: Database, clientCode: string, invitations: number): Promise<string> {
  return db.transaction(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`)
    const { id } = await tx.one<{ id: string }>(sql`
      insert into flows.clients (client_code, legal_name, region) values (${clientCode}, 'A Client', 'EU') returning id`)
    await tx.run(sql`
      insert into flows.client_applications (client_id, app_code, app_name) values (${id}, 'offboarding', 'Offboarding')`)
    await createClientKey(tx, { clientId: id, masterKey })
    await tx.run(sql`
      insert into flows.invitations
        (client_id, app_id, invitation_code, status, permissions, key_epoch, used_count, expires_at)
      select ${id}, a.id, 'code-' || n, 'redeemed', '{documents:read,documents:write}', 1, 1, now() + interval '7 days'
      from flows.client_applications a, generate_series(1, ${invitations}::integer) n
      where a.client_id = ${id}`)
    await tx.run(sql`
      insert into flows.invitation_redemptions (client_id, invitation_id, use_number, user_id)
      select ${id}, i.id, 1, gen_random_uuid() from flows.invitations i where i.client_id = ${id}`)
    await tx.run(sql`
      insert into flows_private.invitation_secrets (client_id, invitation_id, token_hash)
      select ${id}, i.id, sha256(uuid_send(i.id)) from flows.invitations i where i.client_id = ${id}`)
    return id
  })
}

/** Brings statistics and the visibility map up to date. */
export async function settle(db: Database): Promise<void> {
  await db.run(sql`vacuum (analyze)`)
}

/** Deletes every row of a client in these tables. */
export async function removeClient(db: Database, tables: readonly BareTable[], id: string): Promise<void> {
  await db.transaction((tx) => bareDelete(tx, tables, id))
}

/** In which form a bare COPY gives and takes rows. */
export type Form = 'text' | 'binary'

/** A bare COPY of the rows of a client in a table: no order, no digest. */
export function bareStatement({ schema, table, owner }: BareTable, id: string, form: Form): Sql {
  return sql`
    copy (select * from ${identifier(schema, table)} where ${identifier(owner)} = ${literal(id)})
    to stdout with (format ${raw(form)})`
}

/** The rows of a client in a table, as a bare COPY gives them. */
export function bareOut(
  tx: Database,
  table: BareTable,
  id: string,
  form: Form,
): AsyncGenerator<Buffer, number> {
  return copyOut(tx, bareStatement(table, id, form))
}

/** Deletes the rows of a client from these tables, with triggers at rest and no digests. */
export async function bareDelete(tx: Database, tables: readonly BareTable[], id: string): Promise<void> {
  await tx.run(sql`set local session_replication_role = replica`)
  for (const { schema, table, owner } of tables.toReversed()) {
    if (table === 'audit_events') continue
    await tx.run(sql`delete from ${identifier(schema, table)} where ${identifier(owner)} = ${id}::uuid`)
  }
}

/** A role that Row-Level Security lets see the one client of its setting, in each of these tables. */
export async function letReaderSee(db: Database, tables: readonly BareTable[]): Promise<void> {
  await db.script("create role bench_reader login password 'bench'")
  for (const { schema, table, owner } of tables) {
    const name = identifier(schema, table).text
    await db.script(`
      grant usage on schema ${identifier(schema).text} to bench_reader;
      grant select on ${name} to bench_reader;
      create policy bench_reader_select on ${name} for select to bench_reader
        using (${identifier(owner).text} = current_setting('bench.client_id')::uuid)`)
  }
}

/** The address of that role for a client, at the server of another address. */
export function readerOf(url: string, id: string): URL {
  const address = new URL(url)
  address.username = 'bench_reader'
  address.password = 'bench'
  address.searchParams.set('options', `-c bench.client_id=${id}`)
  return address
}

/** Writes rows by a bare COPY, in a transaction in which triggers rest. */
export async function bareIn(
  tx: Database,
  { schema, table }: BareTable,
  rows: AsyncIterable<Buffer>,
  form: Form,
): Promise<void> {
  await tx.run(sql`set local session_replication_role = replica`)
  await copyIn(tx, sql`copy ${identifier(schema, table)} from stdin with (format ${raw(form)})`, rows)
}

/** Which version of the server it is. */
export async function serverVersion(db: Database): Promise<string> {
  const { version } = await db.one<{ version: string }>(
    sql`select current_setting('server_version') as version`,
  )
  return version
}
