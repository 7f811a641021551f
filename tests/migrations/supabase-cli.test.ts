import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { migrateStatus } from '../../src/database/migrate/migrate-status.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { sql } from '../../src/database/sql.ts'
import { type Fresh, failure, listTables, listVersions, useServer, write } from './support.ts'

const fresh = useServer()
const program = fileURLToPath(new URL('../../node_modules/.bin/supabase', import.meta.url))
const run = promisify(execFile)

/** Runs the Supabase CLI in the project of a folder of migrations, which it sees through a symbolic link. */
async function supabase({ url, folder }: Fresh, ...words: string[]): Promise<string> {
  const project = dirname(folder)
  mkdirSync(join(project, 'supabase'), { recursive: true })
  rmSync(join(project, 'supabase', 'migrations'), { force: true })
  symlinkSync(folder, join(project, 'supabase', 'migrations'))
  const flags = [`--remote=${url}`, '--yes', '--output-format', 'json']
  const { stdout } = await run(program, [...words, ...flags], { cwd: project, timeout: 50_000 })
  return stdout
}

/** Statements with everything in them that could mislead a splitter. */
const files = {
  '001_a.sql': `-- first; with a comment
create table a (id int primary key, note text default 'a;b');

/* between; them */
create function f() returns int language plpgsql as $$
begin
  return 1; -- inside
end
$$;
create function g() returns int language sql begin atomic select 1; select 2; end;
-- the end
`,
  '002_b.sql': "create table b ();\r\ncomment on table b is $x$it's; so$x$;\r\n",
  '003_c.sql': '-- flows: no-transaction\ncreate index concurrently a_note_idx on a (note);\n',
}

test('what we apply, the Supabase CLI finds applied, and can fetch back', async () => {
  const place = await fresh()
  write(place.folder, files)
  await migrateUp(place.db, place.folder)

  const listed = JSON.parse(await supabase(place, 'migration', 'list'))
  expect(listed).toMatchObject({
    migrations: ['001', '002', '003'].map((version) => ({ local: version, remote: version })),
  })
  const pushed = JSON.parse(await supabase(place, 'db', 'push', '--dry-run'))
  expect(pushed).toMatchObject({ upToDate: true })

  for (const file of readdirSync(place.folder)) rmSync(join(place.folder, file))
  await supabase(place, 'migration', 'fetch')
  const bare = (text: string) => text.replace(/\r/g, '').replace(/[;\s]+$/, '')
  for (const [file, text] of Object.entries(files)) {
    expect(bare(readFileSync(join(place.folder, file), 'utf8'))).toBe(bare(text))
  }
})

test('what the Supabase CLI applies, we adopt', async () => {
  const place = await fresh()
  write(place.folder, files)
  await supabase(place, 'db', 'push')
  expect(await listTables(place)).toEqual(['a', 'b'])

  const before = await migrateStatus(place.db, place.folder)
  expect(before.migrations.map(({ state, appliedAt }) => [state, appliedAt])).toEqual(
    Array(3).fill(['applied', null]),
  )
  expect(await migrateUp(place.db, place.folder)).toEqual({ applied: [], pending: [], dryRun: false })
  const tools = await place.db.many(sql`select tool from flows_private.migration_checksums`)
  expect(tools).toEqual(Array(3).fill({ tool: 'supabase-cli' }))

  write(place.folder, { '004_d.sql': 'create table d ();' })
  expect((await migrateUp(place.db, place.folder)).applied.map(({ version }) => version)).toEqual(['004'])
  write(place.folder, { '005_e.sql': 'create table e ();' })
  await supabase(place, 'db', 'push')
  await migrateUp(place.db, place.folder)
  const all = ['001', '002', '003', '004', '005']
  expect(await listVersions(place)).toEqual({ ledger: all, checksums: all })
})

test('a file edited after the Supabase CLI applied it is found', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a (id int);' })
  await supabase(place, 'db', 'push')
  write(place.folder, { '001_a.sql': 'create table a (id bigint);' })
  const error = await failure(migrateUp(place.db, place.folder))
  expect(error.code).toBe('MIGRATION_EDITED')
  expect(error.message).toBe('001_a.sql was edited after it was applied')
})

test('our ledger is the table that the Supabase CLI makes', async () => {
  const [ours, theirs] = [await fresh(), await fresh()]
  for (const place of [ours, theirs]) write(place.folder, { '001_a.sql': 'create table a ();' })
  await migrateUp(ours.db, ours.folder)
  await supabase(theirs, 'db', 'push')
  const columns = sql`
    select a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull, i.indisprimary
    from pg_attribute a
    left join pg_index i on i.indrelid = a.attrelid and a.attnum = any(i.indkey)
    where a.attrelid = 'supabase_migrations.schema_migrations'::regclass and a.attnum > 0
    order by a.attnum`
  const made = await ours.db.many(columns)
  expect(made.length).toBe(3)
  expect(made).toEqual(await theirs.db.many(columns))
})

test('a file that the Supabase CLI applies at the same moment is applied once', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a ();\nselect pg_sleep(0.5);\n' })
  const results = await Promise.allSettled([
    supabase(place, 'db', 'push'),
    untilSleeping(place).then(() => migrateUp(place.db, place.folder)),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  expect(results[1]).toMatchObject({ value: { applied: [] } })
  expect(await listTables(place)).toEqual(['a'])
  await migrateUp(place.db, place.folder)
  expect(await listVersions(place)).toEqual({ ledger: ['001'], checksums: ['001'] })
})

async function untilSleeping({ db }: Fresh): Promise<void> {
  await expect
    .poll(() => db.one(sql`select count(*) as sleepers from pg_stat_activity where wait_event = 'PgSleep'`), {
      timeout: 20_000,
      interval: 20,
    })
    .toEqual({ sleepers: 1 })
}
