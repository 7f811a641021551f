import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { digestOf } from '../rls/digest.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { backUp, damage, populatedClient, projectTable, settings } from './populated.ts'

const { owner } = await testDatabase()
/** Types of a project's own, whose binary form holds ids that another database gives out otherwise. */
const ownTypes = `
  create type public.mood as enum ('calm', 'cross');
  create table public.moods (
    client_id uuid not null references flows.clients (id), id uuid default gen_random_uuid(), seen public.mood[],
    primary key (client_id, id))`
await owner.script(`${projectTable}; ${ownTypes}`)

async function clientWithMoods() {
  const client = await populatedClient(owner)
  await owner.script(`insert into public.moods (client_id, seen) values ('${client.id}', '{calm,cross}')`)
  return client
}

async function stateOf(db: Connection, id: string): Promise<Record<string, string>> {
  const { 'flows.audit_events': _, 'flows_private.invitation_rates': __, ...digests } = await digestOf(db, id)
  return digests
}

async function otherDatabase(): Promise<Connection> {
  const { url, drop } = await makeDatabase(templateName)
  const db = await connect(url)
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  // Made first, so that the ids of the project's types are others.
  await db.script(`create type public.earlier as enum ('x'); ${projectTable}; ${ownTypes}`)
  return db
}

test('an archive puts a client back as it was, brings it to another database, and makes a copy of it', async () => {
  const client = await clientWithMoods()
  const file = await backUp(owner, client, { file: join(tempFolder(), 'a.fdb') })
  const before = await stateOf(owner, client.id)
  await damage(owner, client)
  expect(await restoreBackup(owner, file, { settings, replace: true })).toMatchObject({ mode: 'replaced' })
  expect(await stateOf(owner, client.id)).toEqual(before)

  const other = await otherDatabase()
  expect(await restoreBackup(other, file, { settings })).toMatchObject({ mode: 'restored' })
  const there = await backUp(other, client)
  const here = await backUp(owner, client)
  const rowsOf = async (of: string) =>
    (await verifyBackup(of)).tables.filter(({ table }) => !['audit_events', 'client_keys'].includes(table))
  expect(await rowsOf(there)).toEqual(await rowsOf(here))

  const as = `${client.clientCode}-copy`
  const plain = await restoreBackup(owner, here, { settings, as: `${as}-2` })
  expect(await restoreBackup(owner, file, { settings, as })).toMatchObject({
    mode: 'cloned',
    rows: plain.rows,
  })
})

test('an archive holds the same rows as a plain backup, in fewer bytes', async () => {
  const client = await clientWithMoods()
  await owner.script(`
    insert into public.no_key select '${client.id}', null, null from generate_series(1, 2000)`)
  const plain = await createBackup(owner, client.clientCode, { program: '0', folder: tempFolder() })
  const archive = await createBackup(owner, client.clientCode, {
    program: '0',
    folder: tempFolder(),
    archive: true,
  })
  expect(archive.file).toMatch(/\.fdb$/)
  expect(archive.bytes).toBeLessThan(0.8 * plain.bytes)
  const counts = async (file: string) =>
    (await verifyBackup(file)).tables
      .map(({ table, rows }) => `${table} ${rows}`)
      .filter((text) => !text.startsWith('audit'))
  expect(await counts(archive.file)).toEqual(await counts(plain.file))
})

test('binary rows are not read as other types than they were written as', async () => {
  const client = await clientWithMoods()
  const file = await backUp(owner, client, { file: join(tempFolder(), 'a.fdb') })
  const other = await otherDatabase()
  // Eight bytes of one are eight bytes of the other.
  await other.script('alter table public."Case notes" alter column reading type bigint')
  expect(await failureOf(restoreBackup(other, file, { settings }))).toMatchObject({
    code: 'BACKUP_UNFIT',
    message: 'The backup has what this database has no place for: public.Case notes.reading',
  })
})

/** Changes bytes of an archive and gives it the digest that it then has; that of the table stays, so it is found there at the latest. */
function resealed(bytes: Buffer): Buffer {
  const at = bytes.lastIndexOf('-- manifest ')
  const digest = createHash('sha256').update(bytes.subarray(0, at)).digest('hex')
  const manifest = bytes
    .subarray(at)
    .toString()
    .replace(/"digest":"[0-9a-f]+"/, `"digest":"${digest}"`)
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(manifest)])
}

test('a row of another client, or of another form, is refused where it stands', async () => {
  const client = await clientWithMoods()
  const bytes = readFileSync(await backUp(owner, client, { file: join(tempFolder(), 'a.fdb') }))
  const file = join(tempFolder(), 'bad.fdb')
  const id = Buffer.from(client.id.replaceAll('-', ''), 'hex')
  const members = bytes.indexOf('copy "flows"."client_members"')
  const owned = bytes.indexOf(id, members)
  const forgeries: readonly [number, number, string][] = [
    [owned + 15, (id[15] ?? 0) ^ 1, 'A row of flows.client_members does not belong to the client'],
    [owned - 1, 15, 'A row of flows.client_members does not belong to the client'],
    [owned - 5, 1, 'The rows of flows.client_members are not in their form'],
    [bytes.indexOf('PGCOPY', members), 0x51, 'The rows of flows.client_members are not in their form'],
  ]
  for (const [at, value, reason] of forgeries) {
    const changed = Buffer.from(bytes)
    changed[at] = value
    writeFileSync(file, resealed(changed))
    expect(await failureOf(verifyBackup(file))).toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: `The backup is damaged. ${reason}`,
    })
  }
})
