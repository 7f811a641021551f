import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

/** Makes clients with a bucket, an application, 5 members, 20 invitations and API calls of three classes; `admin` is the superuser. */
export async function seedClients(admin: Database, count: number): Promise<void> {
  await admin.transaction(async (tx) => {
    await tx.run(sql`
      insert into flows.clients (client_code, legal_name, region, tier)
      select 'client-' || n, 'Client ' || n, 'EU', case when n % 4 = 0 then 'pro' else 'free' end
      from generate_series(1, ${count}) n`)
    await tx.run(sql`
      insert into storage.buckets (id, name, public)
      select 'flows-' || client_code, 'flows-' || client_code, false from flows.clients`)
    await tx.run(sql`
      insert into flows.client_buckets (client_id, bucket_id, object_count, object_bytes)
      select id, 'flows-' || client_code, 100, 500000000 from flows.clients`)
    await tx.run(sql`
      insert into flows.client_applications (client_id, app_code, app_name)
      select id, 'offboarding', 'Offboarding' from flows.clients`)
    await tx.run(sql`
      insert into flows.client_members (client_id, user_id)
      select id, gen_random_uuid() from flows.clients, generate_series(1, 5)`)
    await tx.run(sql`
      insert into flows.invitations
        (client_id, app_id, invitation_code, key_epoch, status, used_count, expires_at, created_at)
      select client_id, id, 'code-' || n, 1, case when n % 2 = 0 then 'redeemed' else 'pending' end, (n + 1) % 2,
        now() + make_interval(days => n), now() - make_interval(days => n)
      from flows.client_applications, generate_series(1, 20) n`)
    await tx.run(sql`
      insert into flows.api_usage_totals
        (client_id, app_code, status_class, calls, errors, total_ms, ms_5, ms_50, ms_500)
      select id, 'offboarding', class, 100000, 0, 5000000, 60000, 30000, 10000
      from flows.clients, unnest(array['2xx', '4xx', '5xx']) class`)
  })
  await admin.script('analyze')
}
