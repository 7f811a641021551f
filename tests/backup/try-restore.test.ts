import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { tryRestore } from '../../src/backup/try-restore.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { newClient } from '../invitations/client.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { backUp, populatedClient, projectTable, settings } from './populated.ts'

const { owner } = await testDatabase()
const ownDefinitions = `${projectTable};
  create schema "Own things";
  create type public.mood as enum ('fine', 'low');
  create table "Own things".visits (
    client_id uuid not null references flows.clients (id), id bigint generated always as identity primary key,
    "char" "char", code character(3), flags bit(4), tags text[], during tstzrange);
  create table public.moods (client_id uuid not null, mood public.mood not null);
  alter table flows.client_members add column nickname text, add column born date`
await owner.script(ownDefinitions)

/** A database of flows-db alone, as a scratch database is. */
async function scratch(): Promise<Connection> {
  const { url, drop } = await makeDatabase(templateName)
  const db = await connect(url)
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  return db
}

async function clientOfProject() {
  const client = await populatedClient(owner)
  await owner.script(`
    insert into "Own things".visits (client_id, "char", code, flags, tags, during)
    select '${client.id}', 'x', 'ab', '0101', '{a,"b,c"}', '[2025-01-15 12:00+00,)' from generate_series(1, 3);
    insert into public.moods values ('${client.id}', 'low');
    update flows.client_members set nickname = 'Ada', born = '1815-12-10' where client_id = '${client.id}'`)
  return client
}

test.each(['a.sql', 'a.fdb', 'a.fdb.br'])(
  '%s of a database with tables and columns of its own is tried where they are missing, and they are named',
  async (name) => {
    const client = await clientOfProject()
    const file = await backUp(owner, client, { file: join(tempFolder(), name) })
    const db = await scratch()
    const { unconstrained } = await tryRestore(db, file, { settings })
    expect([...unconstrained].sort()).toEqual([
      'Own things.visits',
      'flows.client_members.born',
      'flows.client_members.nickname',
      'public.Case notes',
      'public.moods',
      'public.no_key',
    ])
    expect(await db.many(sql`select "char", code, tags::text from "Own things".visits`)).toHaveLength(3)
    expect(await db.many(sql`select distinct nickname, born::text from flows.client_members`)).toEqual([
      { nickname: 'Ada', born: '1815-12-10' },
    ])
  },
)

test('a backup without anything of a project leaves nothing untried', async () => {
  const file = await backUp(owner, await newClient(owner))
  const db = await scratch()
  await db.script(ownDefinitions)
  expect(await tryRestore(db, file, { settings })).toEqual({ unconstrained: [] })
})

const forgeries: readonly [string, (text: string) => string, RegExp][] = [
  [
    'a schema of the server',
    (text) => text.replaceAll('"public"', '"pg_own"'),
    /no place can be made for pg_own/,
  ],
  [
    'a schema of the platform',
    (text) => text.replaceAll('"public"', '"auth"'),
    /no place can be made for auth/,
  ],
  ['a name that breaks out', (text) => text.replaceAll('no_key', 'x; drop schema flows cascade'), /digests/],
]

test.each(forgeries)('%s in a header runs nothing', async (_, change, message) => {
  const file = await backUp(owner, await clientOfProject())
  writeFileSync(file, change(readFileSync(file, 'utf8')))
  const db = await scratch()
  const failure = await failureOf(tryRestore(db, file, { settings }))
  expect(failure.message).toMatch(message)
  expect(await db.many(sql`select from flows.clients`)).toEqual([])
})
