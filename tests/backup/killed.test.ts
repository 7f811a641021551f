import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { ticks } from '../../src/base/clock.ts'
import { sql } from '../../src/database/sql.ts'
import { digestOf } from '../rls/digest.ts'
import { ownServer } from '../support/own-server.ts'

const { cwd, run, asOwner, killedAfter, settled } = ownServer()

/** Applications enough for a kill to come in the middle. */
const rows = 20_000

beforeAll(async () => {
  expect(await run('client:create --client-code acme --legal-name Acme --region EU')).toMatchObject({
    status: 0,
  })
  await asOwner((db) =>
    db.run(sql`
      insert into flows.client_applications (client_id, app_code, app_name)
      select c.id, 'app-' || n, 'App ' || n from flows.clients c, generate_series(1, ${rows}::integer) n`),
  )
  expect(await run('backup:create --client acme --file whole.sql')).toMatchObject({ status: 0 })
}, 240_000)

/** What the client is, without its trail. */
function stateOfAcme(): Promise<string> {
  return asOwner(async (db) => {
    const { id } = await db.one<{ id: string }>(sql`select id from flows.clients where client_code = 'acme'`)
    const { 'flows.audit_events': _, ...digests } = await digestOf(db, id)
    return JSON.stringify(digests)
  })
}

async function damageAcme(): Promise<void> {
  await asOwner((db) =>
    db.run(sql`update flows.client_applications set app_name = 'Damaged' where app_code like '%7'`),
  )
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
      await settled()
      const state = await stateOfAcme()
      expect([good, damaged]).toContain(state)
      if (status === 0) expect(state).toBe(good)
      outcomes.add(state === good ? 'done' : 'as before')
      expect(await run(restore)).toMatchObject({ status: 0 })
      expect(await stateOfAcme()).toBe(good)
    }
  },
)

/** How much of a client there is, by what must come together: none of it, or one client with all its rows. */
function partsOf(clientCode: string): Promise<Record<string, number>> {
  return asOwner((db) =>
    db.one(sql`
      select count(c.id)::integer as clients, count(k.epoch)::integer as keys, count(b.bucket_id)::integer as buckets,
        (select count(*) from storage.buckets s where s.id like '%-' || ${clientCode})::integer as stored,
        coalesce(sum((select count(*) from flows.client_applications a where a.client_id = c.id)), 0)::integer as rows
      from flows.clients c
      left join flows_private.client_keys k on k.client_id = c.id
      left join flows.client_buckets b on b.client_id = c.id
      where c.client_code = ${clientCode}`),
  )
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
