import { expect, test } from 'vitest'
import { pause, ticks } from '../../src/base/clock.ts'
import { connect } from '../../src/database/connect.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import type { EmbeddedServer } from '../../src/database/embedded/server.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { ownServer } from '../support/own-server.ts'

const { folder, run, asOwner, killing } = ownServer()

type Parts = {
  clients: number
  buckets: number
  storage: number
  keys: number
  applications: number
  events: number
}

/** How many rows of each part of a client there are. */
function partsOf(code: string): Promise<Parts> {
  return asOwner((db) =>
    db.one<Parts>(sql`
      with c as (select id from flows.clients where client_code = ${code})
      select (select count(*) from c) as clients,
        (select count(*) from flows.client_buckets b join c on c.id = b.client_id) as buckets,
        (select count(*) from storage.buckets where id = 'flows-' || ${code}) as storage,
        (select count(*) from flows_private.client_keys k join c on c.id = k.client_id) as keys,
        (select count(*) from flows.client_applications a join c on c.id = a.client_id) as applications,
        (select count(*) from flows.audit_events e join c on c.id = e.client_id where e.table_name = 'clients') as events`),
  )
}

/** Creates a client, has the server killed when the moment has come, and tells what there is of the client. */
async function createAndKill(
  code: string,
  moment: (server: EmbeddedServer, kill: () => void) => Promise<unknown>,
): Promise<string> {
  const server = await ensureEmbedded({ folder })
  const kill = await killing()
  const creating = run(create(code))
  await moment(server, kill)
  const { status, stderr } = await creating

  const parts = await partsOf(code)
  const counts = new Set(Object.values(parts))
  expect({ code, parts, sizes: counts.size }).toMatchObject({ sizes: 1 })
  const outcome = counts.has(1) ? 'whole' : 'none'
  // A client that was reported is there; a failure is told in words, not as a fault of the program.
  if (status === 0) expect(outcome).toBe('whole')
  else
    expect(JSON.parse(stderr).error).toMatchObject({ code: expect.stringMatching(/^(DATABASE|EMBEDDED)_/) })
  expect(await run('client:list --json')).toMatchObject({ status: 0 })
  return outcome
}

const create = (code: string) =>
  `client:create --client-code ${code} --legal-name Killed --region EU --app offboarding --json`

const steps = [
  'flows.clients',
  'flows.client_buckets',
  'flows_private.client_keys',
  'flows.client_applications',
  'flows.audit_events',
]

test.each(steps)(
  'a server killed while client:create waits to write %s keeps nothing of the client',
  {
    timeout: 120_000,
  },
  async (table) => {
    const outcome = await createAndKill(`waiting-${steps.indexOf(table)}`, async ({ adminUrl }, kill) => {
      const other = await connect(adminUrl)
      const holding = other.transaction(async (tx) => {
        await tx.run(sql`lock table ${identifier(...table.split('.'))} in share row exclusive mode`)
        const waits = sql`select 1 from pg_locks where not granted and pid <> pg_backend_pid()`
        while ((await tx.run(waits)) === 0) await pause(5)
        kill()
        await tx.run(sql`select pg_sleep(10)`)
      })
      await expect(holding).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
      await other.close()
    })
    expect(outcome).toBe('none')
  },
)

test('a server killed at any moment of client:create leaves the client whole or not at all', {
  timeout: 600_000,
}, async () => {
  const started = ticks()
  expect(await run(create('undisturbed'))).toMatchObject({ status: 0 })
  const usual = ticks() - started
  for (let round = 0; round < 15; round += 1) {
    await createAndKill(`killed-${round}`, async (_, kill) => {
      await pause((usual * round) / 12)
      kill()
    })
  }
})
