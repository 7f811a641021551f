import type { Database } from '../src/database/database.ts'
import { sql } from '../src/database/sql.ts'

/** Makes clients `client-1` to `client-<count>`, each with its application; their ids follow from the seed. */
export async function insertClients(tx: Database, seed: number, count: number): Promise<void> {
  await tx.run(sql`
    insert into flows.clients (id, client_code, legal_name, region)
    select md5(${`${seed} client `} || n)::uuid, 'client-' || n, 'Client ' || n || ' Ltd', 'EU'
    from generate_series(1, ${count}::integer) n`)
  await tx.run(sql`
    insert into flows.client_applications (client_id, id, app_code, app_name)
    select id, md5(${`${seed} app `} || client_code)::uuid, 'offboarding', 'Offboarding' from flows.clients`)
  await tx.run(sql`
    insert into flows_private.client_keys (client_id, epoch, wrapped_key)
    select id, 1, sha256(convert_to(client_code, 'UTF8')) from flows.clients`)
}

/** Adds invitations to the clients of these numbers, `each` of them; with every one come its redemption, secret and event. */
export async function insertInvitations(
  tx: Database,
  seed: number,
  { from, to, each }: { from: number; to: number; each: number },
): Promise<void> {
  // Client after client within a number, so that rows of all clients lie among each other as they do in real life.
  await tx.run(sql`
    insert into flows.invitations
      (client_id, id, app_id, invitation_code, status, permissions, key_epoch, used_count, expires_at, created_at)
    select c.id, md5(${`${seed} `} || c.client_code || ' ' || n)::uuid, a.id, 'code-' || n, 'redeemed',
      array['documents:read', 'documents:write'], 1, 1, timestamptz '2026-01-01' + n * interval '1 minute',
      timestamptz '2025-12-01' + n * interval '1 minute'
    from generate_series(1, ${each}::integer) n
    cross join generate_series(${from}::integer, ${to}::integer) k
    join flows.clients c on c.client_code = 'client-' || k
    join flows.client_applications a on a.client_id = c.id
    order by n, k`)
}

/** Adds to each invitation its redemption, its secret and an event of the trail. */
export async function insertCompanions(tx: Database): Promise<void> {
  await tx.run(sql`
    insert into flows.invitation_redemptions (client_id, invitation_id, use_number, user_id, created_at)
    select client_id, id, 1, md5('user ' || id)::uuid, created_at from flows.invitations`)
  await tx.run(sql`
    insert into flows_private.invitation_secrets (client_id, invitation_id, token_hash)
    select client_id, id, sha256(uuid_send(id)) from flows.invitations`)
  await tx.run(sql`
    insert into flows.audit_events (client_id, id, actor, table_name, row_id, verb)
    select client_id, md5('event ' || id)::uuid, 'seed', 'invitations', id::text, 'insert' from flows.invitations`)
}

/** Lets triggers rest: what is seeded needs no counting and no second event. */
export async function rest(tx: Database): Promise<void> {
  await tx.run(sql`set local session_replication_role = replica`)
}

/** Brings statistics and the visibility map up to date. */
export async function settle(db: Database): Promise<void> {
  await db.run(sql`vacuum (analyze)`)
}
