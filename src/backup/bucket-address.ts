import { FlowsError } from '../base/errors.ts'
import type { StorageApi } from '../storage/storage-api.ts'

/** A place in a bucket, written `bucket:<bucket>/<path>`. */
export type BucketAddress = { bucketId: string; path: string }

const mark = 'bucket:'

/** Whether text names a place in a bucket and not a file or folder. */
export function isBucketAddress(text: string): boolean {
  return text.startsWith(mark)
}

/** Reads `bucket:<bucket>/<path>`; the path may be missing. Throws USAGE. */
export function parseBucketAddress(text: string): BucketAddress {
  const [, bucketId = '', path = ''] = /^bucket:([A-Za-z0-9._-]{1,100})(?:\/(.*?))?\/*$/.exec(text) ?? []
  const parts = path.split('/')
  if (bucketId !== '' && (path === '' || !parts.some((part) => ['', '.', '..'].includes(part))))
    return { bucketId, path }
  throw new FlowsError('USAGE', `"${text}" names no place in a bucket`, {
    hint: 'Write it as bucket:<bucket>/<folder>.',
  })
}

/** The address of a name in a place. */
export function addressIn({ bucketId, path }: BucketAddress, name: string): string {
  return [mark + bucketId, path, name].filter((part) => part !== '').join('/')
}

/** The API that a place in a bucket needs; throws SETTING_MISSING where none was given. */
export function reachedBy(storage: StorageApi | undefined): StorageApi {
  if (storage !== undefined) return storage
  throw new FlowsError('SETTING_MISSING', 'A place in a bucket is reached through the Storage API', {
    hint: 'Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY: the project settings of Supabase show both.',
  })
}
