import { beforeAll, expect, test } from 'vitest'
import { ticks } from '../../src/base/clock.ts'
import { findClient } from '../../src/clients/find-client.ts'
import { sql } from '../../src/database/sql.ts'
import { digestOf } from '../rls/digest.ts'
import { ownServer } from '../support/own-server.ts'

const { run, asOwner, killedAfter, settled } = ownServer()

/** Applications enough for a kill to come in the middle. */
const rows = 20_000

beforeAll(async () => {
  for (const code of ['acme', 'globex']) await makeClient(code)
}, 240_000)

async function makeClient(code: string): Promise<void> {
  const line = `client:create --client-code ${code} --legal-name Marked-${code} --region EU --reuse-code`
  expect(await run(line)).toMatchObject({ status: 0 })
  await asOwner((db) =>
    db.transaction(async (tx) => {
      await tx.run(sql`set local session_replication_role = replica`)
      await tx.run(sql`
        insert into flows.client_applications (client_id, app_code, app_name)
        select c.id, 'app-' || n, 'Marked ' || n from flows.clients c, generate_series(1, ${rows}::integer) n
        where c.client_code = ${code}`)
    }),
  )
}

/** What a client is: its digests without the trail; null if there is no row of it. */
function stateOf(code: string): Promise<string | null> {
  return asOwner(async (db) => {
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
  })
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
    // Killed early, a server is started again by the command; so go on until one was hit in the middle.
    for (let moment = 0; moment < moments || !outcomes.has('as before'); moment += 1) {
      if ((await stateOf('acme')) === null) await makeClient('acme')
      const before = await stateOf('acme')
      const status = await killedAfter(
        erase,
        (usual * ((moment % moments) + Math.random())) / moments,
        victim,
      )
      await settled()
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
  },
)
