import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { Bucket } from './bucket.ts'

/** Makes a private bucket and notes whose it is. */
export async function insertBucket(db: Database, clientId: string, bucketId: string): Promise<void> {
  await db.run(sql`select flows_private.add_client_bucket(${clientId}, ${bucketId})`)
}

/** The client's bucket with what lies in it. */
export function selectBucket(db: Database, clientId: string): Promise<Bucket | undefined> {
  return db.maybe(sql`
    select bucket_id, object_count, object_bytes
    from flows.client_buckets
    where client_id = ${clientId}`)
}
