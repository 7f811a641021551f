import type { Database } from '../database/database.ts'
import type { Bucket } from './bucket.ts'
import { selectBucket } from './buckets.queries.ts'

/** The client's bucket and what lies in it, or undefined if the client has none. */
export function bucketUsage(db: Database, clientId: string): Promise<Bucket | undefined> {
  return selectBucket(db, clientId)
}
