import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { restoreFiles } from '../../src/backup/restore-files.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { bucketUsage } from '../../src/storage/bucket-usage.ts'
import {
  connectStorage,
  downloadObject,
  emptyBucket,
  listObjects,
  type StorageApi,
  uploadObject,
} from '../../src/storage/storage-api.ts'
import { newClient } from '../invitations/client.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { storageServer } from '../support/storage-server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { backUp, settings } from './populated.ts'

const { owner } = await testDatabase()
const program = '0.0.1'
const passphrase = 'correct horse battery'

/** Contents that would be mistaken for the backup's own lines if they could be. */
const contents: Readonly<Record<string, Buffer>> = {
  'a.txt': Buffer.from('hello'),
  'empty.bin': Buffer.alloc(0),
  'deep/er/b.sql': Buffer.from('0\n-- no more files\n-- manifest {}\n\\.\ncommit;\n'),
  'deep/æ ? #.bin': Buffer.from(Array.from({ length: 700_000 }, (_, index) => (index * 7919) % 256)),
}

async function clientWithFiles(storage: StorageApi) {
  const client = await newClient(owner)
  const bucketId = `flows-${client.clientCode}`
  for (const [name, content] of Object.entries(contents)) {
    const chunks = async function* () {
      yield content
    }
    await uploadObject(storage, bucketId, name, chunks(), {
      contentType: 'text/x-test',
      cacheControl: 'no-cache',
    })
  }
  return { ...client, bucketId }
}

async function contentsOf(storage: StorageApi, bucketId: string): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {}
  for await (const { name, contentType, cacheControl } of listObjects(storage, bucketId)) {
    expect({ contentType, cacheControl }).toEqual({ contentType: 'text/x-test', cacheControl: 'no-cache' })
    found[name] = await buffer(downloadObject(storage, bucketId, name))
  }
  return found
}

const kinds: readonly [string, { passphrase?: string }][] = [
  ['a.sql', {}],
  ['a.fdb.gz', {}],
  ['a.sql.br.enc', { passphrase }],
]

test.each(kinds)('%s holds the files of the bucket, and gives them back', async (name, sealed) => {
  const storage = await connectStorage(await storageServer(owner))
  const client = await clientWithFiles(storage)
  const file = join(tempFolder(), name)
  const made = await createBackup(owner, client.clientCode, {
    program,
    folder: '',
    file,
    filesFrom: storage,
    ...sealed,
  })
  expect(made).toMatchObject({ files: 4 })
  const bytes = Object.values(contents).reduce((sum, content) => sum + content.length, 0)
  expect(await verifyBackup(file, sealed)).toMatchObject({ files: { count: 4, bytes }, digest: made.digest })

  await emptyBucket(storage, client.bucketId)
  const restored = await restoreBackup(owner, file, { settings, replace: true, filesTo: storage, ...sealed })
  expect(restored).toMatchObject({ mode: 'replaced', files: 4 })
  expect(await contentsOf(storage, client.bucketId)).toEqual(contents)
  expect(await bucketUsage(owner, client.id)).toMatchObject({ objectCount: 4, objectBytes: bytes })
})

test('a copy gets the files into a bucket of its own, and files that came later stay', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const client = await clientWithFiles(storage)
  const { file } = await createBackup(owner, client.clientCode, {
    program,
    folder: tempFolder(),
    filesFrom: storage,
  })
  const as = `${client.clientCode}-copy`
  expect(await restoreBackup(owner, file, { settings, as, filesTo: storage })).toMatchObject({ files: 4 })
  expect(await contentsOf(storage, `flows-${as}`)).toEqual(contents)
  const later = async function* () {
    yield Buffer.from('later')
  }
  await uploadObject(storage, client.bucketId, 'later', later(), {
    contentType: 'text/x-test',
    cacheControl: 'no-cache',
  })
  await restoreBackup(owner, file, { settings, replace: true, filesTo: storage })
  expect(Object.keys(await contentsOf(storage, client.bucketId)).sort()).toEqual(
    [...Object.keys(contents), 'later'].sort(),
  )
})

test('files are asked for only where they are, and only where the Storage API answers', async () => {
  const server = await storageServer(owner)
  const storage = await connectStorage(server)
  const client = await clientWithFiles(storage)
  const wrongKey = await connectStorage({ ...server, supabaseServiceRoleKey: 'another' })
  const folder = tempFolder()
  const failing = createBackup(owner, client.clientCode, { program, folder, filesFrom: wrongKey })
  expect(await failureOf(failing)).toMatchObject({ code: 'STORAGE_KEY_WRONG' })
  expect(readdirSync(folder)).toEqual([])

  const without = await backUp(owner, client)
  expect(
    await failureOf(restoreBackup(owner, without, { settings, replace: true, filesTo: storage })),
  ).toMatchObject({ code: 'BACKUP_WITHOUT_FILES', message: 'The backup holds no files of the bucket' })
  const { file } = await createBackup(owner, client.clientCode, { program, folder, filesFrom: storage })
  const as = `${client.clientCode}-copy`
  expect(await failureOf(restoreBackup(owner, file, { settings, as, filesTo: wrongKey }))).toMatchObject({
    code: 'STORAGE_KEY_WRONG',
  })
  expect(await restoreBackup(owner, file, { settings, as })).not.toHaveProperty('files')
  expect(await contentsOf(storage, `flows-${as}`)).toEqual({})
  expect(await restoreFiles(owner, storage, file, { clientCode: as })).toMatchObject({ count: 4 })
  expect(await contentsOf(storage, `flows-${as}`)).toEqual(contents)
})

test('files go to no other client that has the code by now', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const [client, other] = [await clientWithFiles(storage), await clientWithFiles(storage)]
  const { file } = await createBackup(owner, client.clientCode, {
    program,
    folder: tempFolder(),
    filesFrom: storage,
  })
  await owner.script(`
    update flows.clients set client_code = '${client.clientCode}-former' where id = '${client.id}';
    update flows.clients set client_code = '${client.clientCode}' where id = '${other.id}'`)
  expect(await failureOf(restoreFiles(owner, storage, file, {}))).toMatchObject({
    code: 'BACKUP_CLIENT_DIFFERS',
    message: `The client "${client.clientCode}" is not the one that was backed up`,
  })
})

test('one changed bit of a file, or a file left out, is found before anything is changed', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const client = await clientWithFiles(storage)
  const { file } = await createBackup(owner, client.clientCode, {
    program,
    folder: tempFolder(),
    filesFrom: storage,
  })
  const whole = readFileSync(file)
  const start = whole.indexOf('-- file ')
  const bad = join(tempFolder(), 'bad.sql')
  for (let turn = 0; turn < 40; turn += 1) {
    const at = start + Math.floor(((whole.length - start) * (turn + 0.5)) / 40)
    const flipped = Buffer.from(whole)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (turn % 8))
    writeFileSync(bad, flipped)
    expect(await failureOf(verifyBackup(bad))).toMatchObject({ code: 'BACKUP_DAMAGED' })
    writeFileSync(bad, whole.subarray(0, at))
    expect(await failureOf(restoreBackup(owner, bad, { settings, as: 'never' }))).toMatchObject({
      code: 'BACKUP_DAMAGED',
    })
  }
  const changed = Buffer.from(whole)
  changed.write('jello', whole.indexOf('hello', start))
  const end = whole.lastIndexOf('-- manifest ')
  const digest = createHash('sha256').update(changed.subarray(0, end)).digest('hex')
  const manifest = whole
    .subarray(end)
    .toString()
    .replace(/"digest":"[0-9a-f]+"/, `"digest":"${digest}"`)
  writeFileSync(bad, Buffer.concat([changed.subarray(0, end), Buffer.from(manifest)]))
  expect(await failureOf(verifyBackup(bad))).toMatchObject({
    code: 'BACKUP_DAMAGED',
    message: 'The backup is damaged. A file in it has another digest',
  })
  writeFileSync(bad, whole)
  appendFileSync(bad, '\n')
  expect(await failureOf(verifyBackup(bad))).toMatchObject({
    code: 'BACKUP_DAMAGED',
    message: 'The backup is damaged. Something stands after its end',
  })
  expect(existsSync(file)).toBe(true)
})
