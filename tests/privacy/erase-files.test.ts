import { readdirSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import type { Client } from '../../src/clients/client.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { verifyCertificate } from '../../src/privacy/certificate.ts'
import { eraseClient } from '../../src/privacy/erase-client.ts'
import { connectStorage, type StorageApi, uploadObject } from '../../src/storage/storage-api.ts'
import { backUp, settings } from '../backup/populated.ts'
import { newClient } from '../invitations/client.ts'
import { authority } from '../invitations/forge.ts'
import { digestOf } from '../rls/digest.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { storageServer } from '../support/storage-server.ts'

const { owner, adminUrl } = await testDatabase()

async function withFiles(storage: StorageApi): Promise<Client> {
  const client = await newClient(owner)
  for (const name of ['a.pdf', 'folder/b.pdf', 'folder/deep/c.pdf']) {
    const chunks = async function* () {
      yield Buffer.from(`content of ${name}`)
    }
    await uploadObject(storage, `flows-${client.clientCode}`, name, chunks())
  }
  return client
}

async function bucketsOf({
  clientCode,
}: Client): Promise<{ buckets: number; objects: number; open: number }> {
  const bucketId = `flows-${clientCode}`
  return owner.one(sql`
    select (select count(*) from storage.buckets where id = ${bucketId}) as buckets,
      (select count(*) from storage.objects where bucket_id = ${bucketId}) as objects,
      (select count(*) from flows_private.client_erasures where bucket_id = ${bucketId}) as open`)
}

test('files behind the Storage API are deleted through it, and the bucket with them', async () => {
  const server = await storageServer(owner)
  const storage = await connectStorage(server)
  const client = await withFiles(storage)
  const { certificate } = await eraseClient(owner, client.clientCode, { authority, storage })
  expect(certificate.files).toMatchObject({ bucketId: `flows-${client.clientCode}`, objects: 3 })
  expect(certificate.completedAt).not.toBeNull()
  expect(await bucketsOf(client)).toEqual({ buckets: 0, objects: 0, open: 0 })
  expect(
    readdirSync(server.folder, { recursive: true }).filter((name) => String(name).includes('pdf')),
  ).toEqual([])
})

test('files that could not be deleted are nobody’s, and the next run deletes them', async () => {
  const server = await storageServer(owner)
  const storage = await connectStorage(server)
  const client = await withFiles(storage)
  // The service refuses to delete, as when it goes down in the middle.
  const failing: StorageApi = {
    ...storage,
    client: Object.create(storage.client, {
      deleteBucket: {
        value: async () => ({ data: null, error: { status: 500, statusCode: '500', message: 'down' } }),
      },
    }),
  }
  expect(
    await failureOf(eraseClient(owner, client.clientCode, { authority, storage: failing })),
  ).toMatchObject({
    code: 'STORAGE_FAILED',
    hint: expect.stringContaining(`privacy:erase --client ${client.clientCode}`),
  })
  expect(await bucketsOf(client)).toMatchObject({ buckets: 1, open: 1 })
  const { certificate, wasErased } = await eraseClient(owner, client.clientCode, { authority, storage })
  expect({ wasErased, done: certificate.completedAt !== null }).toEqual({ wasErased: true, done: true })
  expect(verifyCertificate(certificate, authority)).toBe(true)
  expect(await bucketsOf(client)).toEqual({ buckets: 0, objects: 0, open: 0 })
})

test('the ledger is not written over for a client that came back while its files were deleted', async () => {
  const server = await storageServer(owner)
  const storage = await connectStorage(server)
  const client = await withFiles(storage)
  const file = await backUp(owner, client)
  const returning: StorageApi = {
    ...storage,
    client: Object.create(storage.client, {
      deleteBucket: {
        value: async (bucketId: string) => {
          const answer = await storage.client.deleteBucket(bucketId)
          await restoreBackup(owner, file, { settings, erased: true })
          return answer
        },
      },
    }),
  }
  const { certificate } = await eraseClient(owner, client.clientCode, { authority, storage: returning })
  expect(certificate.completedAt).toBeNull()
  const entry = await owner.one(sql`
    select completed_at, bucket_id, restored_at is not null as back, certificate ->> 'completedAt' as said
    from flows_private.client_erasures where erased_client = ${client.id}`)
  expect(entry).toEqual({ completedAt: null, bucketId: null, back: true, said: null })
})

test('a Storage API that cannot be reached is found before anything is erased', async () => {
  const client = await newClient(owner)
  const before = await digestOf(owner, client.id)
  const storage = await connectStorage({ supabaseUrl: 'http://127.0.0.1:9', supabaseServiceRoleKey: 'a-key' })
  expect(await failureOf(eraseClient(owner, client.clientCode, { authority, storage }))).toMatchObject({
    code: 'STORAGE_UNREACHABLE',
  })
  expect(await digestOf(owner, client.id)).toEqual(before)
})

test('a bucket with files is not forgotten where only the Storage API could delete them', async () => {
  const admin = await connect(adminUrl)
  onTestFinished(async () => {
    await admin.script('drop table storage.migrations')
    await admin.close()
  })
  await admin.script('create table storage.migrations (id integer)')
  const client = await newClient(owner)
  await owner.run(sql`
    insert into storage.objects (bucket_id, name, metadata)
    values (${`flows-${client.clientCode}`}, 'a.pdf', '{"size": 5}')`)
  const before = await digestOf(owner, client.id)
  expect(await failureOf(eraseClient(owner, client.clientCode, { authority }))).toMatchObject({
    code: 'SETTING_MISSING',
    message: 'The storage bucket holds files (1), which only the Storage API can delete',
  })
  expect(await digestOf(owner, client.id)).toEqual(before)
})
