import { Readable } from 'node:stream'
import type { StorageClient } from '@supabase/storage-js'
import { FlowsError } from '../base/errors.ts'
import { answerOf, unreachable } from './storage-failure.ts'

/** The Storage API of a Supabase project, reached with its service key: it may do everything in every bucket. */
export type StorageApi = Readonly<{ client: StorageClient; address: string }>

/** A file as the Storage API lists it; the name is its whole path in the bucket. */
export type StoredObject = {
  name: string
  bytes: number
  contentType: string
  cacheControl: string
  changedAt: Date
}

/** What is noted of a file that is uploaded, and whether it may take the place of one of the same name (it may). */
export type UploadOptions = { contentType?: string; cacheControl?: string; overwrite?: boolean }

const pageSize = 1_000

/**
 * Gets ready to speak to the project's Storage API; nothing is sent yet. Throws SETTING_MISSING where SUPABASE_URL or
 * SUPABASE_SERVICE_ROLE_KEY is not set.
 */
export async function connectStorage(settings: {
  supabaseUrl: string | undefined
  supabaseServiceRoleKey: string | undefined
}): Promise<StorageApi> {
  const { supabaseUrl: address, supabaseServiceRoleKey: key } = settings
  if (address === undefined || key === undefined) {
    const missing = address === undefined ? 'SUPABASE_URL' : 'SUPABASE_SERVICE_ROLE_KEY'
    throw new FlowsError('SETTING_MISSING', `${missing} is not set, so files in buckets cannot be reached`, {
      hint: 'Set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY: the project settings of Supabase show both.',
    })
  }
  const { StorageClient } = await import('@supabase/storage-js')
  const headers = { apikey: key, authorization: `Bearer ${key}` }
  return { client: new StorageClient(`${address.replace(/\/+$/, '')}/storage/v1`, headers), address }
}

/** Asks the API for next to nothing, to see that it answers. Throws STORAGE_UNREACHABLE, STORAGE_KEY_WRONG or STORAGE_FAILED. */
export async function reachStorage(storage: StorageApi): Promise<void> {
  answerOf(storage, await storage.client.listBuckets({ limit: 1 }))
}

/**
 * Every file of a bucket, or of a folder in it, folder by folder and page by page; with `depth` 1 only what lies directly
 * in it. Throws BUCKET_NOT_FOUND, STORAGE_UNREACHABLE, STORAGE_KEY_WRONG or STORAGE_FAILED.
 */
export async function* listObjects(
  storage: StorageApi,
  bucketId: string,
  folder = '',
  depth = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredObject, void> {
  // Of a bucket that is not there the API would list nothing.
  answerOf(storage, await storage.client.getBucket(bucketId))
  yield* listFolder(storage, bucketId, folder, depth)
}

async function* listFolder(
  storage: StorageApi,
  bucketId: string,
  folder: string,
  depth: number,
): AsyncGenerator<StoredObject, void> {
  const files = storage.client.from(bucketId)
  const within = folder === '' ? '' : `${folder}/`
  // A page may be shorter than asked for, so that only an empty one is the end.
  for (let offset = 0, found = 1; found > 0; offset += found) {
    const page = answerOf(storage, await files.list(folder, { limit: pageSize, offset }))
    found = page.length
    for (const { id, name, metadata, updated_at: changedAt } of page) {
      if (id !== null)
        yield { name: within + name, changedAt: new Date(changedAt ?? 0), ...noted(metadata ?? {}) }
      else if (depth > 1) yield* listFolder(storage, bucketId, within + name, depth - 1)
    }
  }
}

function noted(metadata: Readonly<Record<string, unknown>>): Omit<StoredObject, 'name' | 'changedAt'> {
  const { size, mimetype, cacheControl } = metadata
  return {
    bytes: typeof size === 'number' ? size : 0,
    contentType: typeof mimetype === 'string' ? mimetype : 'application/octet-stream',
    cacheControl: typeof cacheControl === 'string' ? cacheControl : 'max-age=3600',
  }
}

/**
 * A file's content, chunk by chunk. Throws STORAGE_OBJECT_NOT_FOUND or what listObjects does; while it is read,
 * STORAGE_UNREACHABLE where the connection breaks.
 */
export async function* downloadObject(
  storage: StorageApi,
  bucketId: string,
  name: string,
): AsyncGenerator<Buffer, void> {
  const stream = answerOf(
    storage,
    await storage.client.from(bucketId).download(pathOf(name)).asStream(),
  ) as AsyncIterable<Uint8Array>
  try {
    for await (const chunk of stream) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  } catch (cause) {
    throw unreachable(storage, cause)
  }
}

/**
 * Writes a file without holding it in memory. What the chunks themselves throw comes through; otherwise
 * STORAGE_OBJECT_EXISTS where it may not take another's place, or what listObjects throws.
 */
export async function uploadObject(
  storage: StorageApi,
  bucketId: string,
  name: string,
  chunks: AsyncIterable<Buffer>,
  {
    contentType = 'application/octet-stream',
    cacheControl = 'max-age=3600',
    overwrite = true,
  }: UploadOptions = {},
): Promise<void> {
  let failure: { error: unknown } | undefined
  const watched = async function* () {
    try {
      yield* chunks
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  const result = await storage.client
    .from(bucketId)
    .upload(pathOf(name), Readable.from(watched(), { objectMode: false }), {
      contentType,
      upsert: overwrite,
      headers: { 'cache-control': cacheControl },
    })
  if (failure !== undefined) throw failure.error
  answerOf(storage, result)
}

/** Deletes files by name and gives how many there were; a name that is not there is no error. Throws as listObjects. */
export async function removeObjects(
  storage: StorageApi,
  bucketId: string,
  names: readonly string[],
): Promise<number> {
  let removed = 0
  for (let at = 0; at < names.length; at += pageSize) {
    const some = names.slice(at, at + pageSize)
    removed += answerOf(storage, await storage.client.from(bucketId).remove(some)).length
  }
  return removed
}

/** Deletes every file of a bucket and gives how many there were. Throws as listObjects. */
export async function emptyBucket(storage: StorageApi, bucketId: string): Promise<number> {
  let removed = 0
  let names: string[] = []
  const removeNames = async () => {
    removed += await removeObjects(storage, bucketId, names)
    names = []
  }
  // Deleting while listing would shift the pages: list again until nothing is found that can be deleted.
  for (let before = -1; removed > before; ) {
    before = removed
    for await (const { name } of listObjects(storage, bucketId)) {
      names.push(name)
      if (names.length === 10 * pageSize) break
    }
    await removeNames()
  }
  return removed
}

/** Deletes an empty bucket. Throws BUCKET_NOT_EMPTY or what listObjects does. */
export async function deleteBucket(storage: StorageApi, bucketId: string): Promise<void> {
  answerOf(storage, await storage.client.deleteBucket(bucketId))
}

/** The client puts a name into the address as it is, where ? and # would end it, and . and .. would lead elsewhere. */
function pathOf(name: string): string {
  const parts = name.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new FlowsError('STORAGE_FAILED', 'The name of a file in the bucket cannot be part of an address', {
      hint: 'Rename it in the bucket: no part between slashes may be empty, "." or "..".',
    })
  }
  return parts.map(encodeURIComponent).join('/')
}
