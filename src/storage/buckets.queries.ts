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

/** How many files the database knows in a bucket, and their bytes. */
export function countObjects(db: Database, bucketId: string): Promise<{ objects: number; bytes: number }> {
  return db.one(sql`
    select count(*) as objects, coalesce(sum(flows_private.object_size(metadata)), 0)::bigint as bytes
    from storage.objects
    where bucket_id = ${bucketId}`)
}

/** Whether the database knows a file of this name in a bucket. */
export async function hasObject(db: Database, bucketId: string, name: string): Promise<boolean> {
  const { found } = await db.one<{ found: boolean }>(sql`
    select exists (select from storage.objects where bucket_id = ${bucketId} and name = ${name}) as found`)
  return found
}

/** Deletes a bucket and what the database knows of its files. */
export async function deleteBucketRows(tx: Database, bucketId: string): Promise<void> {
  await tx.run(sql`
    with objects as (delete from storage.objects where bucket_id = ${bucketId})
    delete from storage.buckets where id = ${bucketId}`)
}

/** Whether Supabase's storage service has set up this database, so that files lie behind its rows. */
export async function hasStorageService(db: Database): Promise<boolean> {
  const { found } = await db.one<{ found: boolean }>(sql`
    select to_regclass('storage.migrations') is not null as found`)
  return found
}
