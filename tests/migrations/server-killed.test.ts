import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { pause } from '../../src/base/clock.ts'
import { connect } from '../../src/database/connect.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { failure, listTables, listVersions, write } from './support.ts'

const home = mkdtempSync(join(tmpdir(), 'flows-db-killed-'))
const server = { folder: join(home, 'server') }
afterAll(async () => {
  await resetEmbedded(server)
  rmSync(home, { recursive: true })
})

const step = 'select pg_sleep(0.01);'
const folder = join(home, 'migrations')
mkdirSync(folder)
write(folder, {
  '001_a.sql': `create table a (); ${step} ${step} create table a2 ();`,
  '002_b.sql': `create table b (); ${step} ${step} create table b2 ();`,
})

test('a server that is killed keeps each file whole or not at all, and the next run goes on', {
  timeout: 300_000,
}, async () => {
  const seen: number[] = []
  for (let round = 0; round < 20; round += 1) seen.push(await killAfter(round * 3))
  // The moments were well chosen: some runs were cut short.
  expect(Math.min(...seen)).toBeLessThan(2)
})

/** Kills the server some milliseconds after a run began, and gives the number of files that had been applied. */
async function killAfter(milliseconds: number): Promise<number> {
  const { url, dataFolder } = await ensureEmbedded(server)
  const db = await connect(url)
  const run = migrateUp(db, folder)
  const ended = run.then(
    () => undefined,
    () => failure(run),
  )
  await pause(milliseconds)
  process.kill(Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
  const error = await ended
  await db.close()

  const risen = await ensureEmbedded(server)
  const again = await connect(risen.url)
  const place = { url, adminUrl: url, db: again, folder }
  const whole = (await listTables(place)).join(' ')
  expect(['', 'a a2', 'a a2 b b2']).toContain(whole)
  const count = whole === '' ? 0 : whole.split(' ').length / 2
  if (error !== undefined) expect(error.code).toBe('DATABASE_UNREACHABLE')
  const { applied } = await migrateUp(again, folder)
  expect(applied.length).toBe(2 - count)
  expect(await listVersions(place)).toEqual({ ledger: ['001', '002'], checksums: ['001', '002'] })
  await again.script('drop schema supabase_migrations, flows_private cascade; drop table a, a2, b, b2')
  await again.close()
  return count
}
