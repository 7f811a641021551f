import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { BucketUsage } from './bucket-usage.ts'

/** Makes a private bucket and notes whose it is. */
export async function insertBucket(db: Database, clientId: string, bucketId: string): Promise<void> {
  await db.run(sql`select flows_private.add_client_bucket(${clientId}, ${bucketId})`)
}

/** The client's buckets with what lies in them. */
export function selectBuckets(db: Database, clientId: string): Promise<BucketUsage[]> {
  return db.many(sql`
    select bucket_id, object_count, object_bytes
    from flows.client_buckets
    where client_id = ${clientId}
    order by created_at, bucket_id`)
}
