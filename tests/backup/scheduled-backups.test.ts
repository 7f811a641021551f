import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { listBackups } from '../../src/backup/list-backups.ts'
import { newestBackups } from '../../src/backup/newest-backups.ts'
import { pruneBackups } from '../../src/backup/prune-backups.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { createBackups, type Timetable } from '../../src/backup/scheduled-backups.ts'
import { eraseClient } from '../../src/privacy/erase-client.ts'
import { newClient } from '../invitations/client.ts'
import { authority } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { settings } from './populated.ts'

const { owner } = await testDatabase()
const program = '0.0.1'
const passphrase = 'correct horse battery'

/** Cuts the end of a file off, as a full disk or a broken copy does. */
function cutOff(file: string): void {
  truncateSync(file, statSync(file).size - 100)
}

test.each([
  ['plain', {}],
  ['packed', { compression: 'gzip' as const }],
  ['sealed', { passphrase }],
])('a %s backup that is cut off is named and not taken for fresh', async (_, how) => {
  const { clientCode } = await newClient(owner)
  const folder = tempFolder()
  const run = (timetable: Timetable) =>
    createBackups(owner, [clientCode], { program, folder, ...how, ...timetable })
  const { created } = await run({ olderThan: 3_600 })
  const [{ file } = { file: '' }] = created
  cutOff(file)
  expect(await run({ olderThan: 3_600 })).toMatchObject({
    created: [{ clientCode }],
    skipped: [],
    faulty: [{ file, message: expect.stringContaining('damaged') }],
  })
  expect(await run({ olderThan: 3_600 })).toMatchObject({ created: [], skipped: [clientCode], faulty: [] })
})

test('the last whole backup is kept, however old, with all that is newer, and broken ones are named', async () => {
  const { clientCode } = await newClient(owner)
  const folder = tempFolder()
  const options = { program, folder }
  const oldest = await createBackup(owner, clientCode, options)
  const whole = await createBackup(owner, clientCode, options)
  const broken = await createBackup(owner, clientCode, options)
  cutOff(broken.file)
  expect(await pruneBackups({ folder }, await listBackups(folder), 0)).toEqual({
    deleted: [oldest.file],
    faulty: [{ file: broken.file, message: expect.stringContaining('The backup is damaged') }],
  })
  expect(readdirSync(folder).sort()).toEqual([basename(whole.file), basename(broken.file)].sort())
  cutOff(whole.file)
  expect(await pruneBackups({ folder }, await listBackups(folder), 0)).toMatchObject({ deleted: [] })
  expect(readdirSync(folder)).toHaveLength(2)
})

test('a backup of the future is not taken for fresh', async () => {
  const { clientCode } = await newClient(owner)
  const folder = tempFolder()
  const { file } = await createBackup(owner, clientCode, { program, folder, passphrase })
  const tomorrow = new Date(Date.now() + 86_400_000)
  utimesSync(file, tomorrow, tomorrow)
  const options = { program, folder, passphrase, olderThan: 3_600 }
  expect(await createBackups(owner, [clientCode], options)).toMatchObject({
    skipped: [],
    created: [{ clientCode }],
  })
})

test('a sealed backup is taken on trust where nothing opens it', async () => {
  const { clientCode } = await newClient(owner)
  const folder = tempFolder()
  const options = { program, folder, passphrase }
  const first = await createBackup(owner, clientCode, options)
  const second = await createBackup(owner, clientCode, options)
  expect(await pruneBackups({ folder }, await listBackups(folder), -60)).toEqual({
    deleted: [first.file],
    faulty: [],
  })
  expect(readdirSync(folder)).toEqual([basename(second.file)])
})

test('--keep deletes all backups of an erased client, and none of another client of its code', async () => {
  const client = await newClient(owner)
  const { clientCode } = client
  const folder = tempFolder()
  const options = { program, folder }
  const plain = await createBackup(owner, clientCode, options)
  const opened = await createBackup(owner, clientCode, { ...options, passphrase })
  const ofAnother = plain.file.replace('.sql', '-8.sql')
  writeFileSync(
    ofAnother,
    readFileSync(plain.file, 'utf8').replaceAll(client.id, '00000000-0000-4000-8000-000000000000'),
  )
  await eraseClient(owner, clientCode, { authority })
  const run = (more: { keep: number; passphrase?: string }) =>
    createBackups(owner, undefined, { ...options, folder, olderThan: 3_600, ...more })
  const ours = () => readdirSync(folder).filter((name) => name.includes(clientCode))

  expect(await run({ keep: 3_600, passphrase })).toMatchObject({ deleted: [], faulty: [] })
  expect(ours()).toHaveLength(3)
  const blind = await run({ keep: 0 })
  expect(blind.deleted).toEqual([plain.file])
  expect(blind.faulty).toEqual([
    {
      file: opened.file,
      message: `Client "${clientCode}" was erased; whether this backup is of that client cannot be read here: delete it yourself`,
    },
  ])
  expect(await run({ keep: 0, passphrase })).toMatchObject({ deleted: [opened.file], faulty: [] })
  expect(ours()).toEqual([basename(ofAnother)])
})

test('backups of an erased client that came back are kept as those of any other', async () => {
  const client = await newClient(owner)
  const folder = tempFolder()
  const { file } = await createBackup(owner, client.clientCode, { program, folder })
  await eraseClient(owner, client.clientCode, { authority })
  await restoreBackup(owner, file, { settings, erased: true })
  const { deleted } = await createBackups(owner, undefined, { program, folder, olderThan: 3_600, keep: 0 })
  expect(deleted).toEqual([])
  expect(readdirSync(folder)).toContain(basename(file))
})

test('what a replacement kept is no newest backup, is never pruned, and goes only with its client', async () => {
  const { clientCode } = await newClient(owner)
  const folder = tempFolder()
  const options = { program, folder }
  const kept = await createBackup(owner, clientCode, { ...options, kind: 'before-restore' })
  expect(basename(kept.file)).toMatch(/^before-restore-client-[0-9a-f]+-\d{4}-\d{2}-\d{2}\.sql$/)
  expect(await listBackups(folder)).toMatchObject([{ kind: 'before-restore', clientCode, file: kept.file }])
  expect(await newestBackups(folder)).toEqual(new Map())
  const run = () => createBackups(owner, [clientCode], { ...options, olderThan: 3_600, keep: 0 })
  const { created } = await run()
  expect(created).toMatchObject([{ clientCode }])
  expect(await run()).toMatchObject({ created: [], skipped: [clientCode], deleted: [] })
  await eraseClient(owner, clientCode, { authority })
  const { deleted } = await createBackups(owner, undefined, { ...options, olderThan: 3_600, keep: 0 })
  expect([...deleted].sort()).toEqual([created[0]?.file, kept.file].sort())
})

test('progress tells one line of each client', async () => {
  const clients = [await newClient(owner), await newClient(owner)].map(({ clientCode }) => clientCode)
  const told: string[] = []
  await createBackups(owner, clients, {
    program,
    folder: tempFolder(),
    progress: (text) => void told.push(text),
  })
  expect(told).toEqual(clients.map((clientCode) => `Backing up ${clientCode}`))
})
