import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { countObjects, deleteBucketRows, hasObject, hasStorageService } from './buckets.queries.ts'
import { deleteBucket, emptyBucket, listObjects, type StorageApi } from './storage-api.ts'

/** What lies in a bucket. */
export type BucketContents = { objects: number; bytes: number }

/** What lies in a bucket, as the database knows it. */
export function bucketContents(db: Database, bucketId: string): Promise<BucketContents> {
  return countObjects(db, bucketId)
}

/**
 * Deletes a bucket from the database, with triggers at rest; only where no storage service keeps files behind its rows,
 * or none are there. Throws SETTING_MISSING otherwise: the files would lie on with nobody knowing of them.
 */
export async function removeBucketRows(tx: Database, bucketId: string): Promise<void> {
  const { objects } = await countObjects(tx, bucketId)
  if (objects > 0 && (await hasStorageService(tx))) {
    throw new FlowsError(
      'SETTING_MISSING',
      `The storage bucket holds files (${objects}), which only the Storage API can delete`,
      { hint: 'Nothing was changed. Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY.' },
    )
  }
  await deleteBucketRows(tx, bucketId)
}

/**
 * Deletes a bucket with its files through the Storage API; one that is gone already is no error. Throws STORAGE_FAILED
 * where the API is another project's than the database, or what the API's functions do.
 */
export async function removeBucketFiles(db: Database, storage: StorageApi, bucketId: string): Promise<void> {
  try {
    for await (const { name } of listObjects(storage, bucketId)) {
      if (await hasObject(db, bucketId, name)) break
      throw new FlowsError('STORAGE_FAILED', 'The bucket has files that this database does not know', {
        hint: 'No file was deleted. Check that SUPABASE_URL and DATABASE_URL are of the same project.',
      })
    }
    await emptyBucket(storage, bucketId)
    await deleteBucket(storage, bucketId)
  } catch (error) {
    if (!(error instanceof FlowsError) || error.code !== 'BUCKET_NOT_FOUND') throw error
  }
}
