import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { brokenConstraint } from '../database/failures.ts'
import { insertBucket } from './buckets.queries.ts'

/** Whose bucket it is, and how its name starts. */
export type BucketOwner = { clientId: string; clientCode: string; prefix: string }

/**
 * Makes the client's private storage bucket `<prefix>-<client code>` and gives its id.
 * Throws BUCKET_NAME_INVALID or BUCKET_TAKEN.
 */
export async function createBucket(
  db: Database,
  { clientId, clientCode, prefix }: BucketOwner,
): Promise<string> {
  const bucketId = `${prefix}-${clientCode}`
  checkBucketId(bucketId)
  try {
    await db.transaction((tx) => insertBucket(tx, clientId, bucketId))
    return bucketId
  } catch (cause) {
    const broken = brokenConstraint(cause) ?? ''
    if (!['buckets_pkey', 'bname'].includes(broken)) throw cause
    throw new FlowsError('BUCKET_TAKEN', `The project has a storage bucket "${bucketId}" already`, {
      hint: 'Choose another client code, or another STORAGE_BUCKET_PREFIX.',
      cause,
    })
  }
}

// Supabase takes up to 100 characters (a trigger of its storage schema), S3 below it 63.
function checkBucketId(bucketId: string): void {
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(bucketId) && bucketId.length >= 3 && bucketId.length <= 63) return
  throw new FlowsError('BUCKET_NAME_INVALID', `"${bucketId}" cannot be the name of a storage bucket`, {
    hint: 'STORAGE_BUCKET_PREFIX and the client code together: at most 62 lower-case letters, digits and single dashes.',
  })
}
