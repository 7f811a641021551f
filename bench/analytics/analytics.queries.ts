import { copyIn } from '../../src/database/copy.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

/** Makes clients with a member and the application `offboarding`; gives their codes. */
export async function seedClients(db: Database, count: number): Promise<string[]> {
  await db.transaction(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`)
    await tx.run(sql`
      insert into flows.clients (client_code, legal_name, region)
      select 'client-' || n, 'Client ' || n, 'EU' from generate_series(1, ${count}::integer) n`)
    await tx.run(sql`
      insert into flows.client_applications (client_id, app_code, app_name)
      select id, 'offboarding', 'Offboarding' from flows.clients`)
    await tx.run(sql`
      insert into flows.client_members (client_id, user_id) select id, gen_random_uuid() from flows.clients`)
  })
  return Array.from({ length: count }, (_, place) => `client-${place + 1}`)
}

/**
 * Gives every client two months of days in 16 kinds of calls, the last 48 hours in 8, a snapshot a day, and the counts of
 * its invitations: ten calls a row, so that a thousand clients have more than ten million. Gives calls and rows.
 */
export async function seedUsage(
  db: Database,
  { from, days }: { from: string; days: number },
): Promise<{ calls: number; rows: number }> {
  await db.transaction(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`)
    await tx.run(sql`
      insert into flows.api_usage_days (client_id, day, app_code, endpoint_class, status_class, calls, total_ms, ms_100)
      select c.id, ${from}::date + n, app, part, answer, 10, 500, 10
      from flows.clients c, generate_series(0, ${days - 3}::integer) n,
        unnest('{offboarding,_none}'::text[]) app, unnest('{rest,rpc,auth,storage}'::text[]) part,
        unnest('{2xx,4xx}'::text[]) answer`)
    await tx.run(sql`
      insert into flows.api_usage (client_id, hour, app_code, endpoint_class, status_class, calls, total_ms, ms_100)
      select c.id, (${from}::date + ${days - 2}::integer)::timestamp at time zone 'UTC' + n * interval '1 hour',
        'offboarding', part, answer, 10, 500, 10
      from flows.clients c, generate_series(0, 47) n, unnest('{rest,rpc,auth,storage}'::text[]) part,
        unnest('{2xx,5xx}'::text[]) answer`)
    await tx.run(sql`
      insert into flows.client_snapshots (client_id, day, active_members, object_count, object_bytes)
      select c.id, ${from}::date + n, n, n, n * 1000000 from flows.clients c, generate_series(0, ${days - 1}::integer) n`)
    await tx.run(sql`
      insert into flows.invitation_months (client_id, month, issued, redeemed)
      select c.id, date_trunc('month', ${from}::date + n * interval '1 month'), 10, 8
      from flows.clients c, generate_series(0, 1) n`)
  })
  await db.run(sql`vacuum (analyze) flows.api_usage, flows.api_usage_days, flows.client_snapshots`)
  return db.one(sql`
    select sum(calls)::bigint as calls, count(*) as rows
    from (select calls from flows.api_usage union all select calls from flows.api_usage_days) u`)
}

/** Makes the table that a bare COPY writes to: the same rows as a log has lines, no key, no index, not logged. */
export async function makeBareTable(db: Database): Promise<void> {
  await db.run(sql`
    create unlogged table public.bare_calls (
      at timestamptz, client_code text, app_code text, path text, status integer, ms double precision)`)
}

/** Writes rows of COPY text by a bare COPY, after emptying the table. */
export async function bareCopy(db: Database, rows: AsyncIterable<Buffer>): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.run(sql`truncate public.bare_calls`)
    await copyIn(tx, sql`copy public.bare_calls from stdin`, rows)
  })
}

/** The process of the server that serves this connection, and which version it is. */
export function serverOf(db: Database): Promise<{ pid: number; version: string }> {
  return db.one(sql`select pg_backend_pid() as pid, current_setting('server_version') as version`)
}
