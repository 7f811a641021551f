import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pause, ticks } from '../../src/base/clock.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { type Sql, sql } from '../../src/database/sql.ts'
import { type Fresh, failure, listTables, listVersions, useServer, write } from './support.ts'

const fresh = useServer()

// Bundled, so that the many processes cost little.
const program = join(mkdtempSync(join(tmpdir(), 'flows-db-program-')), 'migrate-once.cjs')
beforeAll(async () => {
  const entry = fileURLToPath(new URL('./migrate-once.ts', import.meta.url))
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: 'node',
    external: ['pg-native'],
  })
})
afterAll(() => {
  rmSync(dirname(program), { recursive: true })
})

function startProcess({ url, folder }: Fresh): ChildProcess {
  return spawn(process.execPath, [program, url, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
}

test('of twenty runs at once one applies everything and nineteen find nothing to do', async () => {
  const place = await fresh()
  write(place.folder, {
    '001_a.sql': 'create table a (id int); select pg_sleep(0.3);',
    '002_b.sql': '-- flows: no-transaction\ncreate index concurrently on a (id);',
    '003_c.sql': 'create table c ();',
  })
  const connections = await Promise.all(Array.from({ length: 20 }, () => connect(place.url)))
  const results = await Promise.all(connections.map((db) => migrateUp(db, place.folder)))
  await Promise.all(connections.map((db) => db.close()))
  const counts = results.map(({ applied }) => applied.length).sort()
  expect(counts).toEqual([...Array(19).fill(0), 3])
  expect(await listVersions(place)).toEqual({
    ledger: ['001', '002', '003'],
    checksums: ['001', '002', '003'],
  })
})

test('processes share the lock: one applies, the others exit with nothing to do', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a (); select pg_sleep(0.3);' })
  const outputs = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = startProcess(place)
      let text = ''
      child.stdout?.on('data', (data) => {
        text += data
      })
      const [code] = await once(child, 'close')
      return { code, last: text.trim().split('\n').at(-1) }
    }),
  )
  expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0, 0])
  expect(outputs.map(({ last }) => last).sort()).toEqual(['applied 0', 'applied 0', 'applied 0', 'applied 1'])
})

test('a run that holds the lock for too long is named', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a (); select pg_sleep(2);' })
  const other = await connect(place.url)
  const first = migrateUp(place.db, place.folder)
  await untilTrue(
    other,
    sql`
    select count(*) > 0 as done from pg_stat_activity where wait_event = 'PgSleep'`,
  )
  const error = await failure(migrateUp(other, place.folder, { patience: 300 }))
  await first
  await other.close()
  expect(error.code).toBe('MIGRATION_LOCKED')
  expect(error.message).toMatch(/^Another migration run \(server process \d+\) is still at work/)
  expect(error.hint).toBe('Wait for it to end, or end it, then run: migrate:up')
})

test('a lock that never comes free is given up, with the transaction that is in the way', async () => {
  const place = await held()
  const error = await failure(migrateUp(place.db, place.folder, { patience: 300 }))
  await place.holder.close()
  expect(error.code).toBe('MIGRATION_LOCKED')
  expect(error.message).toMatch(
    /^002_b.sql could not get its locks: others hold them; the oldest open transaction is that of server process \d+, open for \d+ s$/,
  )
  expect(await listVersions(place)).toEqual({ ledger: ['001'], checksums: ['001'] })
})

test('while a migration waits behind a long transaction no live reader is stalled', async () => {
  const lockTimeout = 50
  const held2Seconds = 2_000
  const place = await held()
  const live = await connect(place.url, { size: 2 })
  let done = false
  const isDone = () => done
  const reader = slowest(live, sql`select from a`, isDone)
  const control = slowest(live, sql`select 1`, isDone)
  const attempts: string[] = []
  const began = ticks()
  const migrating = migrateUp(place.db, place.folder, {
    lockTimeout,
    progress: (text) => attempts.push(text),
  })
  await pause(held2Seconds)
  await place.holder.script('commit')
  await migrating
  const took = ticks() - began
  done = true
  const [worst, noise] = await Promise.all([reader, control])
  await live.close()
  await place.holder.close()
  expect(took).toBeGreaterThan(held2Seconds)
  expect(attempts.filter((text) => text.includes('waits for a lock')).length).toBeGreaterThan(1)
  // Without a limit the reader would queue behind the migration until the holder ends: 40 times the limit.
  expect((worst - noise) / lockTimeout).toBeLessThan(10)
  expect(await listVersions(place)).toEqual({ ledger: ['001', '002'], checksums: ['001', '002'] })
})

type Held = Fresh & { holder: Awaited<ReturnType<typeof connect>> }

/** A database with a table that a long transaction reads, and a pending migration that alters it. */
async function held(): Promise<Held> {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a (id int);' })
  await migrateUp(place.db, place.folder)
  write(place.folder, { '002_b.sql': 'alter table a add column more int;' })
  const holder = await connect(place.url)
  await holder.script('begin; select from a')
  return { ...place, holder }
}

/** Milliseconds of the slowest of many reads. */
async function slowest(db: Database, read: Sql, isDone: () => boolean): Promise<number> {
  let worst = 0
  while (!isDone()) {
    const began = ticks()
    await db.many(read)
    worst = Math.max(worst, ticks() - began)
    await pause(5)
  }
  return worst
}

async function untilTrue(db: Database, question: Sql): Promise<void> {
  await expect.poll(async () => (await db.one<{ done: boolean }>(question)).done).toBe(true)
}

test('a run that is killed leaves each file whole or not at all, and the next run goes on', {
  timeout: 300_000,
}, async () => {
  const seen: number[] = []
  for (let round = 0; round < 20; round += 1) {
    const place = await fresh()
    const step = 'select pg_sleep(0.01);'
    write(place.folder, {
      '001_a.sql': `create table a (); ${step} ${step} create table a2 ();`,
      '002_b.sql': `create table b (); ${step} ${step} create table b2 ();`,
      '003_c.sql': `create table c (); ${step} ${step} create table c2 ();`,
    })
    const child = startProcess(place)
    const closed = once(child, 'close')
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), closed])
    await pause(round * 5)
    child.kill('SIGKILL')
    await closed
    await untilTrue(
      place.db,
      sql`
      select not exists (
        select from pg_locks where locktype = 'advisory'
          and database = (select oid from pg_database where datname = current_database())) as done`,
    )

    const whole = (await listTables(place)).join(' ')
    expect(['', 'a a2', 'a a2 b b2', 'a a2 b b2 c c2']).toContain(whole)
    const count = whole === '' ? 0 : whole.split(' ').length / 2
    seen.push(count)
    const versions = ['001', '002', '003'].slice(0, count)
    const { made } = await place.db.one<{ made: boolean }>(sql`
      select to_regclass('flows_private.migration_checksums') is not null as made`)
    if (made) expect(await listVersions(place)).toEqual({ ledger: versions, checksums: versions })

    const { applied } = await migrateUp(place.db, place.folder)
    expect(applied.length).toBe(3 - count)
    expect(await listTables(place)).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2'])
  }
  // The moments were well chosen: some runs died early, some late.
  expect(Math.min(...seen)).toBeLessThan(3)
  expect(Math.max(...seen)).toBeGreaterThan(0)
})

test('a deadlock is one more reason to try again', async () => {
  const place = await fresh()
  write(place.folder, { '001_a.sql': 'create table a (id int); create table b (id int);' })
  await migrateUp(place.db, place.folder)
  write(place.folder, { '002_b.sql': 'lock table a; lock table b;' })
  // Whoever is the first to ask whether this is a deadlock loses: never this one.
  const other = await connect(place.adminUrl)
  await other.script("set deadlock_timeout = '1min'")
  await other.script('begin; lock table b')
  const watcher = await connect(place.url)
  const attempts: string[] = []
  const migrating = migrateUp(place.db, place.folder, {
    lockTimeout: 30_000,
    progress: (text) => attempts.push(text),
  })
  await untilTrue(
    watcher,
    sql`select count(*) > 0 as done from pg_stat_activity where wait_event_type = 'Lock'`,
  )
  await other.script('lock table a; commit')
  await migrating
  await other.close()
  await watcher.close()
  expect(attempts).toContain('002_b.sql waits for a lock (attempt 2)')
  expect(await listVersions(place)).toEqual({ ledger: ['001', '002'], checksums: ['001', '002'] })
})
