import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** All that a log may call a client. */
export type ClientNames = Readonly<{
  id: string
  clientCode: string
  domain: string | null
  bucketId: string | null
  apps: readonly string[]
}>

/** Every client by its names. */
export function selectClientNames(db: Database): Promise<ClientNames[]> {
  return db.many(sql`
    select c.id, c.client_code, c.domain,
      (select b.bucket_id from flows.client_buckets b where b.client_id = c.id) as bucket_id,
      array(select a.app_code from flows.client_applications a where a.client_id = c.id) as apps
    from flows.clients c`)
}

/** The client of each user who is a member of exactly one. */
export function selectHomesOfUsers(
  db: Database,
  users: readonly string[],
): Promise<{ userId: string; clientId: string }[]> {
  return db.many(sql`
    select user_id, min(client_id::text) as client_id
    from flows.client_members
    where user_id = any (${users}::uuid[])
    group by user_id
    having count(*) = 1`)
}

/** How far a log was counted. */
export type LogEnd = Readonly<{ bytes: number; lines: number; digest: string }>

/** The end of the furthest batch that was counted of a log. */
export function selectLogEnd(db: Database, logId: string): Promise<LogEnd | undefined> {
  return db.maybe(sql`
    select log_bytes as bytes, log_lines as lines, log_digest as digest
    from flows_private.usage_batches
    where log_id = ${logId}
    order by log_bytes desc
    limit 1`)
}

/** Counts of one batch, as flows_private.add_api_usage takes them. */
export type Count = {
  client_id: string
  hour: string
  app_code: string
  endpoint_class: string
  status_class: string
  calls: number
  errors: number
  total_ms: number
  ms: number[]
}

/** Adds the counts of a stretch of a log, and notes how far it leads; false if that stretch was counted already. */
export async function addStretch(
  db: Database,
  batchId: string,
  counts: readonly Count[],
  { logId, end, recorded, refused }: { logId: string; end: LogEnd; recorded: number; refused: number },
): Promise<boolean> {
  const { added } = await db.one<{ added: boolean }>(sql`
    select flows_private.add_usage_batch(
      ${batchId}, ${JSON.stringify(counts)}::jsonb, ${recorded}, ${refused},
      ${logId}, ${end.bytes}, ${end.lines}, ${end.digest}) as added`)
  return added
}
