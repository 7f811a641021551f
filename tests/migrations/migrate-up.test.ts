import { expect, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { forgetMigration, repairMigration } from '../../src/database/migrate/repair-migration.ts'
import { sql } from '../../src/database/sql.ts'
import { type Fresh, failure, listTables, listVersions, useServer, write } from './support.ts'

const fresh = useServer()

test('pending files are applied in order, each in the ledger of the Supabase CLI and with its checksum', async () => {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': 'create table a ();\n-- the end\n',
    '002_b.sql': "create table b ();\ncomment on table a is 'then b';\n",
  })
  const { applied, pending, dryRun } = await migrateUp(place.db, place.folder)
  expect(applied.map(({ version, name }) => [version, name])).toEqual([
    ['001', 'a'],
    ['002', 'b'],
  ])
  expect({ pending, dryRun }).toEqual({ pending: [], dryRun: false })
  const ledger = await place.db.many(sql`
    select version, name, statements from supabase_migrations.schema_migrations order by version`)
  expect(ledger).toEqual([
    { version: '001', name: 'a', statements: ['create table a ();\n-- the end'] },
    { version: '002', name: 'b', statements: ["create table b ();\ncomment on table a is 'then b'"] },
  ])
  const checksums = await place.db.many(sql`
    select version, name, length(sha256) as digits, applied_by, tool, duration_ms >= 0 as timed
    from flows_private.migration_checksums order by version`)
  const known = { digits: 64, appliedBy: 'postgres', tool: 'flows-db', timed: true }
  expect(checksums).toEqual([
    { version: '001', name: 'a', ...known },
    { version: '002', name: 'b', ...known },
  ])
})

test('a second run finds nothing to do', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a ();' })
  await migrateUp(place.db, place.folder)
  expect(await migrateUp(place.db, place.folder)).toEqual({ applied: [], pending: [], dryRun: false })
})

test('nobody but the owner may read the checksums', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': '' })
  await migrateUp(place.db, place.folder)
  const table = await place.db.one(sql`
    select relrowsecurity, relacl from pg_class where oid = 'flows_private.migration_checksums'::regclass`)
  expect(table).toEqual({ relrowsecurity: true, relacl: null })
})

test('what a file sets holds for that file only', async () => {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': "set search_path = ''; set role anon; set statement_timeout = '1h';",
    '002_b.sql':
      "create table b as select current_user::text as who, current_setting('statement_timeout') as setting;",
  })
  await migrateUp(place.db, place.folder)
  expect(await place.db.many(sql`select * from b`)).toEqual([{ who: 'postgres', setting: '0' }])
})

test('a role that the connection became stays the role of all files', async () => {
  const place = await fresh()
  await place.db.script(`
    create role migrator_of_ours; grant migrator_of_ours to postgres;
    do $$ begin execute format('grant create on database %I to migrator_of_ours', current_database()); end $$;
    grant create on schema public to migrator_of_ours;`)
  write(place.folder, { '001_a.sql': 'create table a ();', '002_b.sql': 'create table b ();' })
  const other = await connect(place.url, { role: 'migrator_of_ours' })
  await migrateUp(other, place.folder).finally(() => other.close())
  const owners = await place.db.many(sql`select tableowner from pg_tables where schemaname = 'public'`)
  expect(owners).toEqual([{ tableowner: 'migrator_of_ours' }, { tableowner: 'migrator_of_ours' }])
})

test('a dry run really runs everything, and leaves nothing', async () => {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': 'create table a (id int);',
    '002_b.sql': 'create table b as table a;',
    '003_c.sql': '-- flows: no-transaction\ncreate index concurrently on a (id);',
  })
  const { applied, pending, dryRun } = await migrateUp(place.db, place.folder, { dryRun: true })
  expect(applied.map(({ version }) => version)).toEqual(['001', '002'])
  expect({ pending, dryRun }).toEqual({ pending: [{ version: '003', name: 'c' }], dryRun: true })
  expect(await listTables(place)).toEqual([])
  const { made } = await place.db.one<{ made: boolean }>(sql`
    select to_regnamespace('supabase_migrations') is not null as made`)
  expect(made).toBe(false)

  write(place.folder, { '002_b.sql': 'create table b as table nowhere;' })
  const error = await failure(migrateUp(place.db, place.folder, { dryRun: true }))
  expect(error.code).toBe('MIGRATION_FAILED')
  expect(error.message).toContain('002_b.sql, line 1, column 25: relation "nowhere" does not exist')
})

test('a failing third statement leaves nothing of its file, and keeps the files before', async () => {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': 'create table a ();',
    '002_b.sql': 'create table b ();\ncreate table c ();\nselect 1 / 0;\n',
    '003_d.sql': 'create table d ();',
  })
  const error = await failure(migrateUp(place.db, place.folder))
  expect(error.code).toBe('MIGRATION_FAILED')
  expect(error.message).toBe(`migrations/002_b.sql, line 3, column 1: division by zero

  1 | create table b ();
  2 | create table c ();
  3 | select 1 / 0;
    | ^`)
  expect(error.hint).toBe('Nothing of this file was kept. Correct it, then run: migrate:up')
  expect(await listTables(place)).toEqual(['a'])
  expect(await listVersions(place)).toEqual({ ledger: ['001'], checksums: ['001'] })

  write(place.folder, { '002_b.sql': 'create table b ();' })
  await migrateUp(place.db, place.folder)
  expect(await listTables(place)).toEqual(['a', 'b', 'd'])
})

test.each([
  [
    'a column',
    'create table t (id int);\nselect id, nme from t;',
    'line 2, column 12',
    '  2 | select id, nme from t;\n    |            ^',
  ],
  [
    'windows line ends',
    'select 1;\r\nselect 2;\r\nselect nme;\r\n',
    'line 3, column 8',
    '  3 | select nme;\n    |        ^',
  ],
  [
    'wide and combined characters',
    "select '日本é e\u0301 \u{1f600}', nme;",
    'line 1, column 20',
    "  1 | select '日本é e\u0301 \u{1f600}', nme;\n    |                      ^",
  ],
  ['tabs', '\tselect\tnme;', 'line 1, column 9', '  1 | \tselect\tnme;\n    | \t      \t^'],
  [
    'the body of a function',
    'create function f() returns int language plpgsql as $$\nbegin\n  retrun 1;\nend $$;',
    'line 3, column 3',
    '  3 |   retrun 1;\n    |   ^',
  ],
  [
    'a line of a DO block',
    'select 1;\ndo $x$\nbegin\n  perform 1;\n  perform 1 / 0;\nend $x$;',
    'line 5, column 3',
    '  5 |   perform 1 / 0;\n    |   ^',
  ],
  [
    'a statement without a position',
    "create table t ();\n-- a; 'b\n/* ; */ create table s (a text default ';');\n\ncreate table t ();",
    'line 5, column 1',
    '  5 | create table t ();\n    | ^',
  ],
  [
    'the end of the file',
    'create table t (\n\n',
    'line 1, column 17',
    '  1 | create table t (\n    |                 ^',
  ],
])('the caret stands under the spot: %s', async (_, text, place, drawing) => {
  const { db, folder } = await fresh()
  write(folder, { '001_a.sql': text })
  const error = await failure(migrateUp(db, folder))
  expect(error.code).toBe('MIGRATION_FAILED')
  expect(error.message).toContain(`migrations/001_a.sql, ${place}: `)
  expect(error.message.endsWith(drawing)).toBe(true)
})

test("the server's own hint comes with the next step, and no row's value with either", async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table t (name text);\nselect nam from t;' })
  const hinted = await failure(migrateUp(place.db, place.folder))
  expect(hinted.hint).toMatch(/^Perhaps you meant to reference the column "t.name".\nNothing of this file/)
  write(place.folder, {
    '001_a.sql':
      "create table t (name text unique); insert into t select 'secret' from generate_series(1, 2);",
  })
  const broken = await failure(migrateUp(place.db, place.folder))
  expect(broken.message).toContain('duplicate key value violates unique constraint "t_name_key"')
  expect(`${broken.message}${broken.hint}`.replace(/^ {2}\d \|.*$/gm, '')).not.toContain('secret')
})

test('a constraint that fails only at the end of the transaction leaves nothing either', async () => {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': `create table p (id int primary key);
      create table c (p int references p deferrable initially deferred);
      insert into c values (1);`,
  })
  const tried = await failure(migrateUp(place.db, place.folder, { dryRun: true }))
  const error = await failure(migrateUp(place.db, place.folder))
  expect(tried).toMatchObject({ code: error.code, message: error.message })
  expect(error.code).toBe('MIGRATION_FAILED')
  expect(error.message).toBe(
    '001_a.sql could not be committed: insert or update on table "c" violates foreign key constraint "c_p_fkey"',
  )
  expect(await listTables(place)).toEqual([])
})

test('a file may build an index concurrently', async () => {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': 'create table a (id int);',
    '002_b.sql': '-- flows: no-transaction\r\n-- why\r\ncreate index concurrently a_id_idx on a (id);\r\n',
  })
  await migrateUp(place.db, place.folder)
  expect(await place.db.many(sql`select indexname from pg_indexes where tablename = 'a'`)).toEqual([
    { indexname: 'a_id_idx' },
  ])
  expect(await listVersions(place)).toEqual({ ledger: ['001', '002'], checksums: ['001', '002'] })
})

test('a concurrent index that could not be built is named with the statement that drops it', async () => {
  const place = await withDoubleRows()
  const error = await failure(migrateUp(place.db, place.folder))
  expect(error.code).toBe('MIGRATION_FAILED')
  expect(error.message).toContain('002_b.sql, line 2, column 1: could not create unique index "a_id_idx"')
  expect(error.hint).toContain('Run: drop index concurrently public.a_id_idx; Then correct the file')

  const again = await failure(migrateUp(place.db, place.folder))
  expect(again.code).toBe('MIGRATION_UNFINISHED')
  expect(again.message).toBe('002_b.sql was cut off outside a transaction and left behind: public.a_id_idx')

  await place.db.script('drop index concurrently a_id_idx')
  await place.db.script('truncate a')
  expect((await migrateUp(place.db, place.folder)).applied.map(({ version }) => version)).toEqual(['002'])
})

test('a concurrent index that was cut off is found and named by the next run', async () => {
  const place = await withDoubleRows()
  await place.db.script('truncate a')
  const holder = await connect(place.url)
  await holder.script('begin; lock table a in row exclusive mode')
  const other = await connect(place.url, { applicationName: 'cut off' })
  const cutOff = failure(migrateUp(other, place.folder))
  await untilWaiting(place)
  await place.db.run(sql`
    select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut off'`)
  expect((await cutOff).code).toBe('DATABASE_UNREACHABLE')
  await holder.close()
  await other.close()

  const error = await failure(migrateUp(place.db, place.folder))
  expect(error.code).toBe('MIGRATION_UNFINISHED')
  expect(error.hint).toContain('drop index concurrently public.a_id_idx;')
  await place.db.script('drop index concurrently a_id_idx')
  await migrateUp(place.db, place.folder)
  expect(await listVersions(place)).toEqual({ ledger: ['001', '002'], checksums: ['001', '002'] })
})

/** A database whose next migration builds a unique index concurrently, which its rows do not allow. */
async function withDoubleRows(): Promise<Fresh> {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a (id int); insert into a values (1), (1);' })
  await migrateUp(place.db, place.folder)
  write(place.folder, {
    '002_b.sql': '-- flows: no-transaction\ncreate unique index concurrently a_id_idx on a (id);',
  })
  return place
}

async function untilWaiting({ db }: Fresh): Promise<void> {
  await expect
    .poll(async () => {
      const { waiting } = await db.one<{ waiting: number }>(sql`
        select count(*) as waiting from pg_stat_activity
        where application_name = 'cut off' and wait_event_type = 'Lock'`)
      return waiting
    })
    .toBe(1)
}

test('an edited file can be accepted as it is now', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a ();' })
  await migrateUp(place.db, place.folder)
  write(place.folder, { '001_a.sql': 'create table a (); -- explained' })
  expect(await repairMigration(place.db, place.folder, '1')).toEqual({
    version: '001',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect(await migrateUp(place.db, place.folder)).toEqual({ applied: [], pending: [], dryRun: false })
})

test('a version whose file is gone for good can be taken out of the ledger', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a ();' })
  await migrateUp(place.db, place.folder)
  expect(await forgetMigration(place.db, '001')).toEqual({ version: '001', sha256: null })
  expect(await listVersions(place)).toEqual({ ledger: [], checksums: [] })
  expect(await listTables(place)).toEqual(['a'])
})

test('a repair of what is not there is refused', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a ();' })
  const pending = await failure(repairMigration(place.db, place.folder, '001'))
  expect(pending.code).toBe('MIGRATION_NOT_FOUND')
  expect(pending.message).toBe('Migration 001 was never applied to this database')
  const unknown = await failure(repairMigration(place.db, place.folder, '009'))
  expect(unknown.code).toBe('MIGRATION_NOT_FOUND')
  expect(unknown.message).toBe('No file of the folder has the version 009')
})
