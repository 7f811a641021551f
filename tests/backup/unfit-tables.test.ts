import { readdirSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { eraseRows } from '../../src/backup/erase-rows.ts'
import { sql } from '../../src/database/sql.ts'
import { newClient } from '../invitations/client.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { owner } = await testDatabase()

/** What makes a table unfit, what unmakes it, its name and the reason. */
const tables: readonly [string, string, string, string][] = [
  [
    `create table public.tags (owner text, client_id uuid generated always as (owner::uuid) stored)`,
    'drop table public.tags',
    'public.tags',
    'its column client_id is generated',
  ],
  [
    `create table public.base (client_id uuid, word text); create table public.derived () inherits (public.base)`,
    'drop table public.base cascade',
    'public.derived',
    'it inherits from another table of clients, which shows its rows as well',
  ],
  [
    `create schema "a.b"; create schema a;
    create table "a.b".c (client_id uuid); create table a."b.c" (client_id uuid)`,
    'drop schema "a.b", a cascade',
    'a.b.c',
    'another one has the same name with its schema',
  ],
]

test.each(tables)('no backup is written that could not be put back: %s', async (make, drop, name, reason) => {
  const client = await newClient(owner)
  await owner.script(make)
  onTestFinished(() => owner.script(drop))
  const folder = tempFolder()
  expect(await failureOf(createBackup(owner, client.clientCode, { program: '0', folder }))).toMatchObject({
    code: 'BACKUP_TABLE_UNFIT',
    message: `Rows of ${name} could not be put back: ${reason}`,
  })
  expect(readdirSync(folder)).toEqual([])
})

test('rows whose client_id is generated are erased and counted', async () => {
  const client = await newClient(owner)
  await owner.script(`
    create table public.tags (owner text, client_id uuid generated always as (owner::uuid) stored);
    insert into public.tags (owner) values ('${client.id}'), ('${client.id}')`)
  onTestFinished(() => owner.script('drop table public.tags'))
  const erased = await owner.transaction((tx) => eraseRows(tx, client.id, { kept: ['flows.audit_events'] }))
  expect(erased).toContainEqual({ table: 'public.tags', rows: 2, sha256: null })
  expect(await owner.many(sql`select from public.tags`)).toEqual([])
})
