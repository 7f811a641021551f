import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { pause, ticks } from '../../src/base/clock.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { openAsOwner } from '../../src/database/open.ts'
import { sql } from '../../src/database/sql.ts'
import { digestOf } from '../rls/digest.ts'
import { type Ended, flowsDb, programPath } from '../support/flows-db.ts'

const cwd = mkdtempSync(join(tmpdir(), 'flows-db-killed-'))
const folder = join(cwd, '.flows-db')
const environment = { FLOWS_DB_DIR: folder }
const run = (line: string): Promise<Ended> => flowsDb(line, { cwd, environment })
const target = { databaseUrl: undefined, embeddedFolder: folder, migrationsFolder: '' }

/** Applications enough for a kill to come in the middle. */
const rows = 20_000

beforeAll(async () => {
  chmodSync(cwd, 0o755)
  expect(await run('db:init')).toMatchObject({ status: 0 })
  expect(await run('client:create --client-code acme --legal-name Acme --region EU')).toMatchObject({
    status: 0,
  })
  const db = await openAsOwner(target)
  await db.run(sql`
    insert into flows.client_applications (client_id, app_code, app_name)
    select c.id, 'app-' || n, 'App ' || n from flows.clients c, generate_series(1, ${rows}::integer) n`)
  await db.close()
  expect(await run('backup:create --client acme --file whole.sql')).toMatchObject({ status: 0 })
}, 240_000)
afterAll(async () => {
  await resetEmbedded({ folder })
  rmSync(cwd, { recursive: true })
})

/** What the client is, without its trail. */
async function stateOfAcme(): Promise<string> {
  const db = await openAsOwner(target)
  try {
    const { id } = await db.one<{ id: string }>(sql`select id from flows.clients where client_code = 'acme'`)
    const { 'flows.audit_events': _, ...digests } = await digestOf(db, id)
    return JSON.stringify(digests)
  } finally {
    await db.close()
  }
}

async function damageAcme(): Promise<void> {
  const db = await openAsOwner(target)
  await db.run(sql`update flows.client_applications set app_name = 'Damaged' where app_code like '%7'`)
  await db.close()
}

/** Runs a command and kills it, or its server, some milliseconds after its start; gives its exit status. */
async function killedAfter(
  line: string,
  milliseconds: number,
  victim: 'command' | 'server',
): Promise<number | null> {
  const { dataFolder } = await ensureEmbedded({ folder })
  const postmaster = Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0])
  const child = spawn(process.execPath, [await programPath(), ...line.split(' ')], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...environment },
    stdio: 'ignore',
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  await pause(milliseconds)
  if (victim === 'server') process.kill(postmaster, 'SIGKILL')
  else child.kill('SIGKILL')
  return ended
}

/** Times six: three commands, killed themselves or with their server killed beneath them. */
const moments = 5

/** A moment in each fifth of the usual time, and a little beyond it. */
function randomMoment(usual: number, moment: number): number {
  return (usual * (moment + Math.random())) / (moments - 0.5)
}

test.each(['command', 'server'] as const)(
  'a backup whose %s is killed is there whole or not at all',
  {
    timeout: 300_000,
  },
  async (victim) => {
    const usual = await timeOf('backup:create --client acme --to usual')
    for (let moment = 0; moment < moments; moment += 1) {
      const to = `${victim}-${moment}`
      const status = await killedAfter(
        `backup:create --client acme --to ${to}`,
        randomMoment(usual, moment),
        victim,
      )
      const files = readdirSync(cwd).includes(to) ? readdirSync(join(cwd, to)) : []
      const whole = files.filter((name) => name.endsWith('.sql'))
      for (const name of whole) await verifyBackup(join(cwd, to, name))
      if (status === 0) expect(whole).toHaveLength(1)
      expect(files.filter((name) => !name.endsWith('.sql')).every((name) => name.endsWith('.part'))).toBe(
        true,
      )
      expect(await run(`backup:create --client acme --to ${to}`)).toMatchObject({ status: 0 })
    }
  },
)

test.each(['command', 'server'] as const)(
  'a restore whose %s is killed is done or as if it never was',
  {
    timeout: 300_000,
  },
  async (victim) => {
    const restore = 'backup:restore whole.sql --replace --confirm acme --no-backup --json'
    expect(await run(restore)).toMatchObject({ status: 0 })
    const good = await stateOfAcme()
    const usual = await timeOf(restore)
    const outcomes = new Set<string>()
    // Killed early, a server is started again by the command; so go on until one was hit in the middle.
    for (let moment = 0; moment < moments || !outcomes.has('as before'); moment += 1) {
      await damageAcme()
      const damaged = await stateOfAcme()
      const status = await killedAfter(restore, randomMoment(usual, moment % moments), victim)
      // A backend whose client is gone may still be at work: wait until it has rolled back.
      const state = await settled()
      expect([good, damaged]).toContain(state)
      if (status === 0) expect(state).toBe(good)
      outcomes.add(state === good ? 'done' : 'as before')
      expect(await run(restore)).toMatchObject({ status: 0 })
      expect(await stateOfAcme()).toBe(good)
    }
  },
)

/** How much of a client there is, by what must come together: none of it, or one client with all its rows. */
async function partsOf(clientCode: string): Promise<Record<string, number>> {
  const db = await openAsOwner(target)
  try {
    return await db.one(sql`
      select count(c.id)::integer as clients, count(k.epoch)::integer as keys, count(b.bucket_id)::integer as buckets,
        (select count(*) from storage.buckets s where s.id like '%-' || ${clientCode})::integer as stored,
        coalesce(sum((select count(*) from flows.client_applications a where a.client_id = c.id)), 0)::integer as rows
      from flows.clients c
      left join flows_private.client_keys k on k.client_id = c.id
      left join flows.client_buckets b on b.client_id = c.id
      where c.client_code = ${clientCode}`)
  } finally {
    await db.close()
  }
}

test.each(['command', 'server'] as const)(
  'a copy whose %s is killed is whole or not there at all',
  { timeout: 300_000 },
  async (victim) => {
    const usual = await timeOf(`backup:restore whole.sql --as usual-${victim}`)
    const whole = await partsOf(`usual-${victim}`)
    expect(whole).toEqual({ clients: 1, keys: 1, buckets: 1, stored: 1, rows })
    const none = { clients: 0, keys: 0, buckets: 0, stored: 0, rows: 0 }
    for (let moment = 0; moment < moments; moment += 1) {
      const code = `copy-${victim}-${moment}`
      const status = await killedAfter(
        `backup:restore whole.sql --as ${code}`,
        randomMoment(usual, moment),
        victim,
      )
      await settled()
      const parts = await partsOf(code)
      expect([none, whole]).toContainEqual(parts)
      if (status === 0) expect(parts).toEqual(whole)
      if (parts.clients === 0)
        expect(await run(`backup:restore whole.sql --as ${code}`)).toMatchObject({ status: 0 })
      expect(await partsOf(code)).toEqual(whole)
    }
  },
)

async function timeOf(line: string): Promise<number> {
  const began = ticks()
  expect(await run(line)).toMatchObject({ status: 0 })
  return ticks() - began
}

async function settled(): Promise<string> {
  const db = await openAsOwner(target)
  try {
    for (;;) {
      const { busy } = await db.one<{ busy: number }>(sql`
        select count(*) as busy from pg_stat_activity
        where state <> 'idle' and pid <> pg_backend_pid() and backend_type = 'client backend'`)
      if (busy === 0) break
      await pause(20)
    }
  } finally {
    await db.close()
  }
  return stateOfAcme()
}
