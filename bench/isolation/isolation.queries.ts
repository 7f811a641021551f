import type { Database } from '../../src/database/database.ts'
import { identifier, literal, type Sql, sql } from '../../src/database/sql.ts'

/** The role that RLS does not hold: what a server without RLS would be. */
export const bypassRole = 'flows_bench_bypass'

/** Makes the server large enough to keep everything in memory, and quiet enough to measure on. */
export async function quietServer(admin: Database): Promise<void> {
  const settings = {
    shared_buffers: '2GB',
    max_wal_size: '8GB',
    checkpoint_timeout: '1h',
    autovacuum: 'off',
    max_parallel_workers_per_gather: '0',
    synchronous_commit: 'off',
  }
  for (const [name, value] of Object.entries(settings)) {
    await admin.run(sql`alter system set ${identifier(name)} = ${literal(value)}`)
  }
}

/** Copies a migrated database; nobody may be connected to it. */
export async function copyDatabase(admin: Database, template: string, name: string): Promise<void> {
  await admin.run(sql`create database ${identifier(name)} template ${identifier(template)} owner postgres`)
}

/** The role without RLS, which the logins of the library and of the API may become here. */
export async function makeBypassRole(admin: Database): Promise<void> {
  await admin.run(sql`create role ${identifier(bypassRole)} nologin bypassrls`)
  await admin.run(sql`grant ${identifier(bypassRole)} to postgres, authenticator`)
}

/** Lets both sides write, above the floor that the schema has, and takes the audit triggers away from both. */
export async function openInvitations(admin: Database): Promise<void> {
  const both = sql`authenticated, ${identifier(bypassRole)}`
  await admin.run(sql`grant usage on schema flows to ${both}`)
  await admin.run(sql`grant select, insert, update on flows.invitations to ${both}`)
  await admin.run(
    sql`create policy invitations_insert_bench on flows.invitations for insert to authenticated with check (true)`,
  )
  await admin.run(sql`
    create policy invitations_update_bench on flows.invitations
      for update to authenticated using (true) with check (true)`)
  const triggers = await admin.many<{ name: string }>(sql`
    select tgname as name
    from pg_trigger
    where tgrelid = 'flows.invitations'::regclass and tgname like 'invitations_audit_%'`)
  if (triggers.length === 0) throw new Error('flows.invitations has no audit trigger: has its name changed?')
  for (const { name } of triggers) {
    await admin.run(sql`alter table flows.invitations disable trigger ${identifier(name)}`)
  }
}

/** Fills the tables, always with the same rows: invitation i belongs to client i modulo the number of clients. */
export async function seed(admin: Database, clients: number, invitations: number): Promise<void> {
  await admin.transaction(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`)
    await tx.run(sql`
      insert into flows.clients (id, client_code, legal_name, region, tier)
      select md5('client ' || i)::uuid, 'client-' || i, 'Company ' || i, 'EU', 'pro'
      from generate_series(0, ${clients}::integer - 1) i`)
    await tx.run(sql`
      insert into flows.client_applications (client_id, id, app_code, app_name)
      select md5('client ' || i)::uuid, md5('application ' || i)::uuid, 'offboarding', 'Offboarding'
      from generate_series(0, ${clients}::integer - 1) i`)
    await tx.run(sql`
      insert into flows.invitations (
        client_id, id, app_id, invitation_code, status, permissions, max_uses, used_count, key_epoch,
        expires_at, created_at, updated_at)
      select md5('client ' || i % ${clients}::integer)::uuid, md5('invitation ' || i)::uuid,
        md5('application ' || i % ${clients}::integer)::uuid, 'inv-' || i,
        case when i % 4 = 0 then 'pending' else 'redeemed' end, '{read,comment}', 3, i % 4, 1,
        made + interval '7 days', made, made
      from generate_series(0, ${invitations}::integer - 1) i,
        lateral (select timestamptz '2025-01-01 00:00+00' + i * interval '30 seconds' as made) moment`)
  })
  for (const table of ['clients', 'client_applications', 'invitations']) {
    await admin.run(sql`vacuum (freeze, analyze) ${identifier('flows', table)}`)
  }
  await admin.run(sql`checkpoint`)
}

/** The server process behind a connection. */
export async function backendPid(db: Database): Promise<number> {
  const { pid } = await db.one<{ pid: number }>(sql`select pg_backend_pid() as pid`)
  return pid
}

/** The version of the server. */
export async function serverVersion(db: Database): Promise<string> {
  const { version } = await db.one<{ version: string }>(
    sql`select current_setting('server_version') as version`,
  )
  return version
}

/** The settings that actAsClient makes, with the role that RLS does not hold and without looking the client up. */
export function becomeBypass(clientId: string): Sql {
  return sql`
    select set_config('flows.client_id', ${clientId}, true),
           set_config('request.jwt.claims', '', true),
           set_config('role', ${bypassRole}, true)`
}

/** What actAsClient says to the server, its look whether the client is active included, with the other role. */
export function becomeBypassIfActive(clientId: string): Sql {
  return sql`
    select set_config('flows.client_id', c.id::text, true),
           set_config('request.jwt.claims', '', true),
           set_config('role', ${bypassRole}, true)
    from flows.clients c
    where c.id = ${clientId} and c.status = 'active'`
}

/** The rows that one run of a workload asks for. */
export type Key = { clientId: string; invitationId: string; appId: string; code: string }

/** One of the statements that are measured. */
export type Workload = { name: string; writes?: true; statement(key: Key): Sql }

/** What applications do with invitations; every statement binds client_id itself, as key rule 4 wants. */
export const workloads: readonly Workload[] = [
  {
    name: 'one by id',
    statement: ({ clientId, invitationId }) => sql`
      select id, invitation_code, status, max_uses, used_count, expires_at
      from flows.invitations
      where client_id = ${clientId} and id = ${invitationId}`,
  },
  {
    name: 'newest 50',
    statement: ({ clientId }) => sql`
      select id, invitation_code, status, max_uses, used_count, expires_at, created_at
      from flows.invitations
      where client_id = ${clientId}
      order by created_at desc
      limit 50`,
  },
  {
    name: 'count',
    statement: ({ clientId }) => sql`
      select count(*) as invitations from flows.invitations where client_id = ${clientId}`,
  },
  {
    name: 'aggregate',
    statement: ({ clientId }) => sql`
      select status, count(*) as invitations, sum(used_count) as uses, max(expires_at) as last
      from flows.invitations
      where client_id = ${clientId}
      group by status
      order by status`,
  },
  {
    name: 'insert',
    writes: true,
    statement: ({ clientId, appId, code }) => sql`
      insert into flows.invitations (client_id, app_id, invitation_code, key_epoch, expires_at)
      values (${clientId}, ${appId}, ${code}, 1, '2030-01-01')`,
  },
  {
    name: 'insert returning',
    writes: true,
    statement: ({ clientId, appId, code }) => sql`
      insert into flows.invitations (client_id, app_id, invitation_code, key_epoch, expires_at)
      values (${clientId}, ${appId}, ${code}, 1, '2030-01-01')
      returning id, created_at`,
  },
  {
    name: 'update',
    writes: true,
    statement: ({ clientId, invitationId }) => sql`
      update flows.invitations
      set max_uses = 4
      where client_id = ${clientId} and id = ${invitationId}`,
  },
]
