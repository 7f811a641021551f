import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { listBackups } from '../../src/backup/list-backups.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { createBackups } from '../../src/backup/scheduled-backups.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { sql } from '../../src/database/sql.ts'
import { connectStorage, listObjects } from '../../src/storage/storage-api.ts'
import { newClient } from '../invitations/client.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { flowsDb } from '../support/flows-db.ts'
import { storageServer } from '../support/storage-server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { settings } from './populated.ts'

const { owner, url } = await testDatabase()
const program = '0.0.1'
await owner.run(sql`insert into storage.buckets (id, name) values ('backups', 'backups')`)

test('backups go to a bucket, are listed there without being read whole, verified and restored', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const client = await newClient(owner)
  const folder = 'bucket:backups/nightly/eu'
  const first = await createBackup(owner, client.clientCode, { program, folder, storage })
  const second = await createBackup(owner, client.clientCode, { program, folder, storage, archive: true })
  expect(first.file).toMatch(/^bucket:backups\/nightly\/eu\/backup-client-.*\.sql$/)
  const third = await createBackup(owner, client.clientCode, { program, folder, storage })
  expect(third.file).toBe(first.file.replace('.sql', '-2.sql'))
  expect((await listBackups(folder, { storage })).map(({ file, state }) => [file, state])).toEqual(
    [third, second, first].map(({ file }) => [file, 'readable']),
  )
  expect(await listBackups('bucket:backups/nightly', { storage })).toEqual([])
  const { digest, bytes } = await verifyBackup(second.file, { storage })
  expect({ digest, bytes }).toEqual({ digest: second.digest, bytes: second.bytes })
  expect(
    await restoreBackup(owner, first.file, { settings, storage, as: `${client.clientCode}-copy` }),
  ).toMatchObject({ mode: 'cloned' })
})

test('a timetable in a bucket passes over what is fresh, and deletes what is old but the newest', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const { clientCode } = await newClient(owner)
  const folder = 'bucket:backups/timetable'
  const run = (timetable: { olderThan?: number; keep?: number }) =>
    createBackups(owner, [clientCode], { program, folder, storage, ...timetable })
  expect(await run({ olderThan: 3_600 })).toMatchObject({ created: [{ clientCode }] })
  expect(await run({ olderThan: 3_600 })).toMatchObject({ created: [], skipped: [clientCode] })
  const { created, deleted } = await run({ keep: 0 })
  expect(deleted).toHaveLength(1)
  expect((await listBackups(folder, { storage })).map(({ file }) => file)).toEqual(
    created.map(({ file }) => file),
  )
})

test('nothing in a bucket is written over, and what names no place is refused', async () => {
  const storage = await connectStorage(await storageServer(owner))
  const client = await newClient(owner)
  const folder = 'bucket:backups/taken'
  const { file } = await createBackup(owner, client.clientCode, { program, folder, storage })
  const objects = async () => {
    const names: string[] = []
    for await (const { name } of listObjects(storage, 'backups', 'taken')) names.push(name)
    return names
  }
  expect(await objects()).toHaveLength(1)
  const again = createBackup(owner, client.clientCode, { program, folder: '', file, storage })
  expect(await failureOf(again)).toMatchObject({ code: 'BACKUP_FILE_EXISTS' })
  expect(await objects()).toHaveLength(1)
  const nowhere = createBackup(owner, client.clientCode, { program, folder: 'bucket:missing', storage })
  expect(await failureOf(nowhere)).toMatchObject({ code: 'BUCKET_NOT_FOUND' })
  for (const address of ['bucket:', 'bucket:a/../b', 'bucket:a b'])
    expect(await failureOf(listBackups(address, { storage }))).toMatchObject({
      code: 'USAGE',
      message: `"${address}" names no place in a bucket`,
    })
  expect(await failureOf(listBackups(folder))).toMatchObject({ code: 'SETTING_MISSING' })
})

test('the commands take a bucket wherever they take a folder', async () => {
  const server = await storageServer(owner)
  const { clientCode } = await newClient(owner)
  const environment = {
    DATABASE_URL: url,
    SUPABASE_URL: server.supabaseUrl,
    SUPABASE_SERVICE_ROLE_KEY: server.supabaseServiceRoleKey,
    JWT_SECRET: 'k9Jw2vQ8xR4tY7uB1nM5pL3sD6fG0hZe',
  }
  const cwd = tempFolder()
  const run = (line: string) => flowsDb(line, { cwd, environment })
  const made = await run(`backup:create --client ${clientCode} --to bucket:backups/cli --with-files --json`)
  expect(made).toMatchObject({ status: 0 })
  const { file } = JSON.parse(made.stdout)
  expect(JSON.parse((await run('backup:list bucket:backups/cli --json')).stdout)).toMatchObject([{ file }])
  expect(await run(`backup:verify ${file}`)).toMatchObject({ status: 0 })
  const restored = await run(`backup:restore ${file} --replace --confirm ${clientCode} --with-files --json`)
  expect(JSON.parse(restored.stdout)).toMatchObject({
    mode: 'replaced',
    files: 0,
    backupBefore: file.replace('/backup-', '/before-restore-'),
  })
  const without = await flowsDb('backup:list bucket:backups/cli', { cwd, environment: { DATABASE_URL: url } })
  expect(without).toMatchObject({ status: 2, stderr: expect.stringContaining('SUPABASE_URL is not set') })
})

test('a backup is recorded in the trail of its client, done or failed, without telling where it lies', async () => {
  const client = await newClient(owner)
  const folder = tempFolder()
  const made = await createBackup(owner, client.clientCode, { program, folder })
  writeFileSync(join(folder, 'taken.sql'), readFileSync(made.file))
  const again = createBackup(owner, client.clientCode, { program, folder, file: join(folder, 'taken.sql') })
  expect(await failureOf(again)).toMatchObject({ code: 'BACKUP_FILE_EXISTS' })
  const events = await owner.many(sql`
    select verb, row_id, details from flows.audit_events
    where client_id = ${client.id} and table_name = 'backups' order by created_at`)
  const { digest, tables, rows, bytes } = made
  expect(events).toEqual([
    { verb: 'insert', rowId: digest, details: { tables, rows, bytes } },
    {
      verb: 'refuse',
      rowId: client.clientCode,
      details: { attempt: 'backup:create', reason: 'BACKUP_FILE_EXISTS' },
    },
  ])
})
