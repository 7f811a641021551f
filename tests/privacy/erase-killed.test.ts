import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pause, ticks } from '../../src/base/clock.ts'
import { findClient } from '../../src/clients/find-client.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { openAsOwner } from '../../src/database/open.ts'
import { sql } from '../../src/database/sql.ts'
import { digestOf } from '../rls/digest.ts'
import { type Ended, flowsDb, programPath } from '../support/flows-db.ts'

const cwd = mkdtempSync(join(tmpdir(), 'flows-db-erased-'))
const folder = join(cwd, '.flows-db')
const environment = { FLOWS_DB_DIR: folder }
const run = (line: string): Promise<Ended> => flowsDb(line, { cwd, environment })
const target = { databaseUrl: undefined, embeddedFolder: folder, migrationsFolder: '' }

/** Applications enough for a kill to come in the middle. */
const rows = 20_000

beforeAll(async () => {
  chmodSync(cwd, 0o755)
  expect(await run('db:init')).toMatchObject({ status: 0 })
  for (const code of ['acme', 'globex']) await makeClient(code)
}, 240_000)
afterAll(async () => {
  await resetEmbedded({ folder })
  rmSync(cwd, { recursive: true })
})

async function makeClient(code: string): Promise<void> {
  const line = `client:create --client-code ${code} --legal-name Marked-${code} --region EU --reuse-code`
  expect(await run(line)).toMatchObject({ status: 0 })
  const db = await openAsOwner(target)
  await db.transaction(async (tx) => {
    await tx.run(sql`set local session_replication_role = replica`)
    await tx.run(sql`
      insert into flows.client_applications (client_id, app_code, app_name)
      select c.id, 'app-' || n, 'Marked ' || n from flows.clients c, generate_series(1, ${rows}::integer) n
      where c.client_code = ${code}`)
  })
  await db.close()
}

/** What a client is: its digests without the trail; null if there is no row of it. */
async function stateOf(code: string): Promise<string | null> {
  const db = await openAsOwner(target)
  try {
    const client = await findClient(db, code)
    if (client === undefined) {
      const { left } = await db.one<{ left: number }>(sql`
        select count(*) as left from flows.client_applications a
        where not exists (select from flows.clients c where c.id = a.client_id)`)
      expect(left).toBe(0)
      return null
    }
    const { 'flows.audit_events': _, ...digests } = await digestOf(db, client.id)
    return JSON.stringify(digests)
  } finally {
    await db.close()
  }
}

/** Waits until a backend whose client is gone has rolled back, too. */
async function settle(): Promise<void> {
  const db = await openAsOwner(target)
  try {
    for (;;) {
      const { busy } = await db.one<{ busy: number }>(sql`
        select count(*) as busy from pg_stat_activity
        where state <> 'idle' and pid <> pg_backend_pid() and backend_type = 'client backend'`)
      if (busy === 0) return
      await pause(20)
    }
  } finally {
    await db.close()
  }
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

const erase = 'privacy:erase --client acme --confirm acme --no-backup --json'
const moments = 6

test.each(['command', 'server'] as const)(
  'an erasure whose %s is killed is done whole or as if it never was, and the next run ends it',
  { timeout: 300_000 },
  async (victim) => {
    const bystander = await stateOf('globex')
    const began = ticks()
    expect(await run(erase)).toMatchObject({ status: 0 })
    const usual = ticks() - began
    const outcomes = new Set<string>()
    for (let moment = 0; moment < moments; moment += 1) {
      if ((await stateOf('acme')) === null) await makeClient('acme')
      const before = await stateOf('acme')
      const status = await killedAfter(erase, (usual * (moment + 1)) / moments, victim)
      await settle()
      const after = await stateOf('acme')
      expect([before, null]).toContain(after)
      if (status === 0) expect(after).toBeNull()
      outcomes.add(after === null ? 'erased' : 'as before')
      const next = await run(erase)
      expect({ status: next.status, stderr: next.stderr }).toEqual({ status: 0, stderr: '' })
      const { certificate, wasErased } = JSON.parse(next.stdout)
      expect({ wasErased, rows: certificate.tables.length > 10 }).toEqual({
        wasErased: after === null,
        rows: true,
      })
      expect(certificate.completedAt).not.toBeNull()
      expect(await stateOf('acme')).toBeNull()
      expect(await stateOf('globex')).toBe(bystander)
    }
    expect(outcomes).toContain('as before')
  },
)
