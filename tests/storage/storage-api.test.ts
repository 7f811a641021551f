import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { bucketUsage } from '../../src/storage/bucket-usage.ts'
import {
  connectStorage,
  deleteBucket,
  downloadObject,
  emptyBucket,
  listObjects,
  removeObjects,
  type StorageApi,
  uploadObject,
} from '../../src/storage/storage-api.ts'
import { newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { storageServer } from '../support/storage-server.ts'

const { owner, staff } = await testDatabase()

async function* chunksOf(...texts: string[]): AsyncGenerator<Buffer, void> {
  for (const text of texts) yield Buffer.from(text)
}

async function namesOf(storage: StorageApi, bucketId: string, folder?: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of listObjects(storage, bucketId, folder)) names.push(name)
  return names.sort()
}

async function contentOf(storage: StorageApi, bucketId: string, name: string): Promise<string> {
  return (await buffer(downloadObject(storage, bucketId, name))).toString()
}

/** A bucket beside those of clients, which nothing refers to. */
async function looseBucket(db: Database, bucketId: string): Promise<string> {
  await db.run(sql`insert into storage.buckets (id, name) values (${bucketId}, ${bucketId})`)
  return bucketId
}

test('files of any depth and name go up, are listed whole, come down as they were, and count for their client', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const { bucketId, id } = await newClient(staff)
  const names = ['a b.txt', 'a/b/c/d.pdf', 'a/b/é ? & = + #1%2F.txt', 'a/e.txt', "z'(1)!.txt"]
  for (const name of names)
    await uploadObject(storage, bucketId, name, chunksOf(name, '-', name), { contentType: 'text/plain' })
  expect(await namesOf(storage, bucketId)).toEqual([...names].sort())
  expect(await namesOf(storage, bucketId, 'a/b')).toEqual(
    names.filter((name) => name.startsWith('a/b/')).sort(),
  )
  for (const name of names) expect(await contentOf(storage, bucketId, name)).toBe(`${name}-${name}`)
  const { value: first } = await listObjects(storage, bucketId, 'a/b/c').next()
  expect(first).toEqual({
    name: 'a/b/c/d.pdf',
    bytes: 23,
    contentType: 'text/plain',
    cacheControl: 'max-age=3600',
    changedAt: expect.any(Date),
  })
  expect(await bucketUsage(staff, id)).toMatchObject({ objectCount: names.length })
})

test('a bucket of more files than a page is listed and emptied whole', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const bucketId = await looseBucket(owner, 'many')
  await owner.run(sql`
    insert into storage.objects (bucket_id, name, metadata)
    select ${bucketId}, case when n % 2 = 0 then 'even/' else '' end || n, '{"size": 1}' from generate_series(1, 2500) n`)
  expect(await namesOf(storage, bucketId)).toHaveLength(2_500)
  expect(await emptyBucket(storage, bucketId)).toBe(2_500)
  expect(await namesOf(storage, bucketId)).toEqual([])
  await deleteBucket(storage, bucketId)
  expect(await failureOf(namesOf(storage, bucketId))).toMatchObject({ code: 'BUCKET_NOT_FOUND' })
})

test('a file is written over only where it may be, and removing names that are not there is no error', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const bucketId = await looseBucket(owner, 'over')
  await uploadObject(storage, bucketId, 'a', chunksOf('one'))
  await uploadObject(storage, bucketId, 'a', chunksOf('two'))
  const third = uploadObject(storage, bucketId, 'a', chunksOf('three'), { overwrite: false })
  expect(await failureOf(third)).toMatchObject({
    code: 'STORAGE_OBJECT_EXISTS',
    message: 'There is a file of this name in the bucket already',
  })
  expect(await contentOf(storage, bucketId, 'a')).toBe('two')
  expect(await removeObjects(storage, bucketId, ['a', 'b'])).toBe(1)
  expect(await failureOf(contentOf(storage, bucketId, 'a'))).toMatchObject({
    code: 'STORAGE_OBJECT_NOT_FOUND',
    message: 'A file is not in the bucket any more',
  })
})

test('a bucket that is not empty is not deleted', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const bucketId = await looseBucket(owner, 'full')
  await uploadObject(storage, bucketId, 'a', chunksOf('x'))
  expect(await failureOf(deleteBucket(storage, bucketId))).toMatchObject({
    code: 'BUCKET_NOT_EMPTY',
    message: 'The storage bucket is not empty',
  })
  expect(await namesOf(storage, bucketId)).toEqual(['a'])
})

test('what an upload reads from may fail, and then says why itself; nothing is stored', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const bucketId = await looseBucket(owner, 'broken')
  const failing = async function* () {
    yield Buffer.from('half')
    throw new RangeError('the source broke')
  }
  await expect(uploadObject(storage, bucketId, 'a', failing())).rejects.toThrow('the source broke')
  expect(await namesOf(storage, bucketId)).toEqual([])
})

test('a name that would lead out of the bucket is never put into an address', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const bucketId = await looseBucket(owner, 'dots')
  for (const name of ['../secret/a', 'a/../../b', './a', 'a//b']) {
    expect(await failureOf(contentOf(storage, bucketId, name))).toMatchObject({
      code: 'STORAGE_FAILED',
      message: 'The name of a file in the bucket cannot be part of an address',
    })
  }
})

test('a file goes up and down in constant memory', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const bucketId = await looseBucket(owner, 'large')
  const chunk = Buffer.alloc(1024 * 1024, 7)
  const total = 192
  const large = async function* () {
    for (let sent = 0; sent < total; sent += 1) yield chunk
  }
  await uploadObject(storage, bucketId, 'large', large())
  const before = process.memoryUsage()
  let bytes = 0
  let most = 0
  for await (const piece of downloadObject(storage, bucketId, 'large')) {
    bytes += piece.length
    most = Math.max(most, process.memoryUsage().arrayBuffers - before.arrayBuffers)
  }
  expect(bytes).toBe(total * chunk.length)
  expect(most).toBeLessThan((total * chunk.length) / 2)
})

test('an address where nobody answers, a wrong key, a missing bucket and missing settings are told apart', async () => {
  const server = await storageServer(owner)
  const wrongKey = await connectStorage({ ...server, supabaseServiceRoleKey: 'another' })
  const nowhere = await connectStorage({ ...server, supabaseUrl: 'http://127.0.0.1:9' })
  const right = await connectStorage(server)
  expect(await failureOf(namesOf(wrongKey, 'flows-client-1'))).toMatchObject({
    code: 'STORAGE_KEY_WRONG',
    message: `The Storage API at ${server.supabaseUrl} refuses the service key`,
  })
  expect(await failureOf(namesOf(nowhere, 'flows-client-1'))).toMatchObject({
    code: 'STORAGE_UNREACHABLE',
    message: 'The Storage API at http://127.0.0.1:9 cannot be reached',
  })
  expect(await failureOf(namesOf(right, 'nothing'))).toMatchObject({
    code: 'BUCKET_NOT_FOUND',
    message: `There is no such storage bucket at ${server.supabaseUrl}`,
  })
  expect(await failureOf(connectStorage({ ...server, supabaseUrl: undefined }))).toMatchObject({
    code: 'SETTING_MISSING',
    message: 'SUPABASE_URL is not set, so files in buckets cannot be reached',
  })
  expect(await failureOf(connectStorage({ ...server, supabaseServiceRoleKey: undefined }))).toMatchObject({
    code: 'SETTING_MISSING',
    message: 'SUPABASE_SERVICE_ROLE_KEY is not set, so files in buckets cannot be reached',
  })
})
