import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrateStatus } from '../../src/database/migrate/migrate-status.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { planMigrations } from '../../src/database/migrate/plan-migrations.ts'
import { schemaFit } from '../../src/database/migrate/schema-fit.ts'
import { sql } from '../../src/database/sql.ts'
import { type Fresh, failure, listTables, listVersions, useServer, write } from './support.ts'

const fresh = useServer()

/** A database with 001, 002 and 003 applied and 004 pending, which makes table d. */
async function begun(): Promise<Fresh> {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': 'create table a ();\n',
    '002_b.sql': 'create table b ();\n',
    '003_c.sql': 'create table c ();\n',
  })
  await migrateUp(place.db, place.folder)
  write(place.folder, { '004_d.sql': 'create table d ();\n' })
  return place
}

test.each([
  {
    fault: 'edited',
    code: 'MIGRATION_EDITED',
    spoil: (folder: string) => write(folder, { '002_b.sql': 'create table b ();\n-- and more\n' }),
    message: '002_b.sql was edited after it was applied',
    hint: 'migrate:repair --accept 002',
  },
  {
    fault: 'missing',
    code: 'MIGRATION_MISSING',
    spoil: (folder: string) => rmSync(join(folder, '002_b.sql')),
    message: '002_b.sql was applied and is no longer in the folder',
    hint: 'Bring 002_b.sql back',
  },
  {
    fault: 'renamed',
    code: 'MIGRATION_RENAMED',
    spoil: (folder: string) => renameSync(join(folder, '002_b.sql'), join(folder, '002_better.sql')),
    message: '002_b.sql was applied and is now called 002_better.sql',
    hint: 'Rename 002_better.sql back to 002_b.sql.',
  },
  {
    fault: 'renumbered',
    code: 'MIGRATION_RENAMED',
    spoil: (folder: string) => renameSync(join(folder, '002_b.sql'), join(folder, '005_b.sql')),
    message: '002_b.sql was applied and is now called 005_b.sql',
    hint: 'Rename 005_b.sql back to 002_b.sql.',
  },
  {
    fault: 'duplicate',
    code: 'MIGRATION_DUPLICATE',
    spoil: (folder: string) => write(folder, { '004_e.sql': 'create table e ();\n' }),
    message: '004_d.sql and 004_e.sql claim the same version',
    hint: 'Give the later file the next free number.',
  },
])(
  'a file that is $fault is named before the first statement runs',
  async ({ code, spoil, message, hint }) => {
    const place = await begun()
    spoil(place.folder)
    const error = await failure(migrateUp(place.db, place.folder))
    expect(error.code).toBe(code)
    expect(error.message).toBe(message)
    expect(error.hint).toContain(hint)
    expect(await listTables(place)).toEqual(['a', 'b', 'c'])
  },
)

test('a file that comes too late is named before the first statement runs', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a ();', '003_c.sql': 'create table c ();' })
  await migrateUp(place.db, place.folder)
  write(place.folder, { '002_b.sql': 'create table b ();', '004_d.sql': 'create table d ();' })
  const error = await failure(migrateUp(place.db, place.folder))
  expect(error.code).toBe('MIGRATION_OUT_OF_ORDER')
  expect(error.message).toBe('002_b.sql is not applied, but 003 is, which comes after it')
  expect(error.hint).toBe('Give 002_b.sql a number above 003.')
  expect(await listTables(place)).toEqual(['a', 'c'])
})

test('all faults are named at once', async () => {
  const place = await begun()
  write(place.folder, { '001_a.sql': 'create table other ();', '004_e.sql': '' })
  rmSync(join(place.folder, '002_b.sql'))
  const error = await failure(migrateUp(place.db, place.folder, { dryRun: true }))
  expect(error.code).toBe('MIGRATION_EDITED')
  expect(error.message.split('\n')).toEqual([
    '001_a.sql was edited after it was applied',
    '002_b.sql was applied and is no longer in the folder',
    '004_d.sql and 004_e.sql claim the same version',
  ])
})

test('a database that is ahead of the folder is newer than the program', async () => {
  const place = await begun()
  await migrateUp(place.db, place.folder)
  rmSync(join(place.folder, '003_c.sql'))
  rmSync(join(place.folder, '004_d.sql'))
  const error = await failure(migrateUp(place.db, place.folder))
  expect(error.code).toBe('DATABASE_NEWER')
  expect(error.message).toContain('004_d.sql was applied and is above every file here')
  expect((await planMigrations(place.db, place.folder)).newer).toEqual(['003', '004'])
  expect(await schemaFit(place.db, place.folder)).toBe('newer')
})

test('other line ends are no edit', async () => {
  const place = await begun()
  write(place.folder, { '002_b.sql': 'create table b ();\r\n' })
  expect((await planMigrations(place.db, place.folder)).faults).toEqual([])
  expect((await migrateUp(place.db, place.folder)).applied.map(({ version }) => version)).toEqual(['004'])
})

test('the status tells where each migration stands, and changes nothing', async () => {
  const place = await begun()
  write(place.folder, { '001_a.sql': 'create table other ();' })
  renameSync(join(place.folder, '002_b.sql'), join(place.folder, '002_better.sql'))
  const before = await listVersions(place)
  const { migrations, pending, faults } = await migrateStatus(place.db, place.folder)
  expect(migrations.map(({ version, name, state }) => [version, name, state])).toEqual([
    ['001', 'a', 'edited'],
    ['002', 'better', 'renamed'],
    ['003', 'c', 'applied'],
    ['004', 'd', 'pending'],
  ])
  expect(migrations.map(({ appliedAt }) => appliedAt instanceof Date)).toEqual([true, true, true, false])
  expect(migrations.map(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256 ?? ''))).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(pending).toEqual([{ version: '004', name: 'd' }])
  expect(faults.map(({ kind }) => kind)).toEqual(['edited', 'renamed'])
  expect(await listVersions(place)).toEqual(before)
})

test('the status of a database without a ledger is that everything is pending', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': '' })
  expect((await migrateStatus(place.db, place.folder)).migrations[0]?.state).toBe('pending')
  const { made } = await place.db.one<{ made: boolean }>(sql`
    select to_regnamespace('supabase_migrations') is not null as made`)
  expect(made).toBe(false)
})

test('whether a database fits is told by versions alone', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': '', '002_b.sql': '' })
  expect(await schemaFit(place.db, place.folder)).toBe('empty')
  await migrateUp(place.db, place.folder)
  expect(await schemaFit(place.db, place.folder)).toBe('current')
  write(place.folder, { '001_a.sql': '-- edited', '003_c.sql': '' })
  expect(await schemaFit(place.db, place.folder)).toBe('pending')
})
