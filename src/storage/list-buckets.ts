import type { Database } from '../database/database.ts'
import type { BucketUsage } from './bucket-usage.ts'
import { selectBuckets } from './buckets.queries.ts'

/** The client's buckets with what lies in them, the first made first. */
export function listBuckets(db: Database, clientId: string): Promise<BucketUsage[]> {
  return selectBuckets(db, clientId)
}
