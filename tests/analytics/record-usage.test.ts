import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { recordUsage } from '../../src/analytics/record-usage.ts'
import { installApplication } from '../../src/applications/install-application.ts'
import { FlowsError } from '../../src/base/errors.ts'
import { actAs } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { sqlState } from '../../src/database/failures.ts'
import { sql } from '../../src/database/sql.ts'
import { memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { batchId, countedFor, eventsOf, totalsFor } from './usage.ts'

const { staff, owner, authenticator, url } = await testDatabase()

/** Sends a batch as PostgREST would for this caller. */
function send(db: Database, id: string, events: readonly unknown[]): Promise<unknown> {
  return db.one(sql`select flows.record_api_usage(${id}, ${JSON.stringify(events)}::jsonb) as result`)
}

/** The code of ours, else of PostgreSQL, that work fails with; undefined if it does not. */
async function stateOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    return error instanceof FlowsError ? error.code : sqlState(error)
  }
}

test('calls are counted by hour, application, part of the API and status', async () => {
  const client = await newClient(staff)
  await installApplication(staff, client, {
    appCode: 'offboarding',
    appName: 'Offboarding',
    permissions: [],
    settings: {},
  })
  const call = {
    client: client.clientCode,
    app: 'offboarding',
    status: 200,
    at: '2025-01-15T10:59:59.999+02:00',
  }
  const result = await recordUsage(staff, batchId(), [
    { ...call, endpoint: '/rest/v1/invitations?id=eq.1', ms: 4.5 },
    { ...call, endpoint: '/rest/v1/invitations', ms: 5.5 },
    { ...call, endpoint: 'rpc', status: 500, ms: 12_000 },
    { ...call, app: 'gone', status: 404 },
    { client: client.clientCode, status: 204, at: new Date('2025-01-15T09:00:00Z') },
  ])
  expect(result).toEqual({ duplicate: false, recorded: 5, refused: 0, refusals: [] })
  const rows = await owner.many(sql`
    select hour, app_code, endpoint_class, status_class, calls, errors, total_ms, ms_5, ms_10, ms_more
    from flows.api_usage where client_id = ${client.id}
    order by hour, app_code, endpoint_class`)
  const none = { calls: 1, errors: 0, totalMs: 0, ms5: 0, ms10: 0, msMore: 0 }
  const eight = new Date('2025-01-15T08:00:00Z')
  const ours = { ...none, hour: eight, appCode: 'offboarding', statusClass: '2xx' }
  expect(rows).toEqual([
    { ...none, hour: eight, appCode: '_other', endpointClass: 'other', statusClass: '4xx' },
    { ...ours, endpointClass: 'rest', calls: 2, totalMs: 11, ms5: 1, ms10: 1 },
    { ...ours, endpointClass: 'rpc', statusClass: '5xx', errors: 1, totalMs: 12_000, msMore: 1 },
    {
      ...none,
      hour: new Date('2025-01-15T09:00:00Z'),
      appCode: '_none',
      endpointClass: 'other',
      statusClass: '2xx',
    },
  ])
  expect(await totalsFor(owner, client)).toEqual({ calls: 5, errors: 1, totalMs: 12_011 })
})

test('an event that cannot be is refused and listed with its place; the others count', async () => {
  const client = await newClient(staff)
  const good = { client: client.clientCode, status: 200 }
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
  const bad: [unknown, string][] = [
    [{ ...good, client: 'nobody' }, 'client_unknown'],
    [{ status: 200 }, 'client_unknown'],
    ['text', 'client_unknown'],
    [null, 'client_unknown'],
    [[good], 'client_unknown'],
    [{ ...good, status: 99 }, 'status_invalid'],
    [{ ...good, status: 600 }, 'status_invalid'],
    [{ ...good, status: 200.5 }, 'status_invalid'],
    [{ client: client.clientCode }, 'status_invalid'],
    [{ ...good, ms: -1 }, 'duration_invalid'],
    [{ ...good, ms: '12' }, 'duration_invalid'],
    [{ ...good, ms: 86_400_001 }, 'duration_invalid'],
    [{ ...good, at: '2025-02-30T10:00:00Z' }, 'moment_invalid'],
    [{ ...good, at: '2025-02-28T10:00:00' }, 'moment_invalid'],
    [{ ...good, at: 'yesterday' }, 'moment_invalid'],
    [{ ...good, at: tomorrow }, 'moment_invalid'],
  ]
  const result = await recordUsage(staff, batchId(), [good, ...bad.map(([event]) => event as never), good])
  expect(result).toEqual({
    duplicate: false,
    recorded: 2,
    refused: bad.length,
    refusals: bad.map(([, reason], place) => ({ event: place + 2, reason })),
  })
  expect(await countedFor(owner, client)).toMatchObject({ calls: 2 })
})

test('a batch holds at most 10,000 events and has a uuid', async () => {
  const client = await newClient(staff)
  const most = eventsOf(client, 10_000)
  expect(await recordUsage(staff, batchId(), most)).toMatchObject({ recorded: 10_000 })
  const failure = {
    code: 'USAGE_BATCH_INVALID',
    message: 'A batch is a uuid and at most 10000 events',
    hint: 'Make the id with crypto.randomUUID() and keep it with the events until they are recorded.',
  }
  expect(await failureOf(recordUsage(staff, batchId(), [...most, ...most.slice(0, 1)]))).toEqual(failure)
  expect(await failureOf(recordUsage(staff, 'batch-1', []))).toEqual(failure)
  expect(await stateOf(send(staff, batchId(), [...most, ...most.slice(0, 1)]))).toBe('23514')
  expect(await stateOf(staff.run(sql`select flows.record_api_usage(${batchId()}, '{}')`))).toBe('23514')
  expect(await countedFor(owner, client)).toMatchObject({ calls: 10_000 })
})

test('a batch sent again adds nothing, whatever it holds by then', async () => {
  const client = await newClient(staff)
  const id = batchId()
  await recordUsage(staff, id, eventsOf(client, 100))
  const again = { duplicate: true, recorded: 0, refused: 0, refusals: [] }
  expect(await recordUsage(staff, id, eventsOf(client, 100))).toEqual(again)
  expect(await recordUsage(staff, id.toUpperCase(), eventsOf(client, 7))).toEqual(again)
  expect(await countedFor(owner, client)).toEqual({ calls: 100, errors: 10, totalMs: 1_000 })
})

test('a batch that was rolled back may be sent again', async () => {
  const client = await newClient(staff)
  const id = batchId()
  const lost = staff.transaction(async (tx) => {
    await recordUsage(tx, id, eventsOf(client, 10))
    throw new Error('The connection broke')
  })
  await expect(lost).rejects.toThrow('The connection broke')
  expect(await countedFor(owner, client)).toMatchObject({ calls: 0 })
  expect(await recordUsage(staff, id, eventsOf(client, 10))).toMatchObject({ recorded: 10 })
})

test('writers at once that send every batch three times, in any order of events, count each call once', async () => {
  const clients = [await newClient(staff), await newClient(staff), await newClient(staff)]
  const batches = Array.from({ length: 40 }, (_, place) => {
    const events = clients.flatMap((client) => eventsOf(client, 60))
    return { id: randomUUID(), events: place % 2 === 0 ? events : events.reverse() }
  })
  const writers = await Promise.all(
    Array.from({ length: 6 }, () => connect(url, { role: 'flows_staff', size: 2 })),
  )
  const sends = [...batches, ...batches, ...batches].map((batch, place) => ({ batch, writer: place % 6 }))
  const results = await Promise.all(
    sends.map(({ batch, writer }) => recordUsage(writers[writer] as Database, batch.id, batch.events)),
  )
  await Promise.all(writers.map((writer) => writer.close()))
  expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(40)
  for (const client of clients) {
    const whole = { calls: 40 * 60, errors: 40 * 6, totalMs: 40 * 600 }
    expect(await countedFor(owner, client)).toEqual(whole)
    expect(await totalsFor(owner, client)).toEqual(whole)
  }
})

test('a gateway with the service key may add; who is signed in, and who is not, may not', async () => {
  const client = await newClient(staff)
  const other = await newClient(staff)
  const events = eventsOf(other, 3)
  await actAs(authenticator, { role: 'service_role' }, (tx) => send(tx, batchId(), events))
  expect(await countedFor(owner, other)).toMatchObject({ calls: 3 })
  const admin = { role: 'authenticated', claims: memberClaims(client, 'admin') }
  for (const actor of [admin, { role: 'anon' }]) {
    expect(await stateOf(actAs(authenticator, actor, (tx) => send(tx, batchId(), events)))).toBe(
      'DATABASE_PERMISSION_DENIED',
    )
    expect(
      await stateOf(
        actAs(authenticator, actor, (tx) =>
          tx.run(sql`select flows_gate.record_api_usage(${batchId()}, '[]')`),
        ),
      ),
    ).toBe('DATABASE_PERMISSION_DENIED')
  }
  expect(await countedFor(owner, other)).toMatchObject({ calls: 3 })
})

test('a client sees what it used, and nothing of another', async () => {
  const [client, other] = [await newClient(staff), await newClient(staff)]
  await recordUsage(staff, batchId(), [...eventsOf(client, 5), ...eventsOf(other, 7)])
  await staff.run(sql`select flows_private.refresh_usage(id) from flows.clients`)
  await staff.run(sql`select flows_private.roll_up_hours(${other.id}, '2025-02-01')`)
  const actor = { role: 'authenticated', claims: memberClaims(client), readOnly: true }
  for (const table of [
    'api_usage',
    'api_usage_days',
    'api_usage_totals',
    'client_snapshots',
    'invitation_months',
  ]) {
    const seen = await actAs(authenticator, actor, (tx) =>
      tx.many<{ clientId: string }>({ text: `select distinct client_id from flows.${table}`, values: [] }),
    )
    expect({ table, others: seen.filter(({ clientId }) => clientId !== client.id) }).toEqual({
      table,
      others: [],
    })
    expect(
      await stateOf(
        actAs(authenticator, { role: 'anon' }, (tx) =>
          tx.run({ text: `select from flows.${table}`, values: [] }),
        ),
      ),
    ).toBe('DATABASE_PERMISSION_DENIED')
  }
  const { calls } = await actAs(authenticator, actor, (tx) =>
    tx.one<{ calls: number }>(sql`select sum(calls)::bigint as calls from flows.api_usage`),
  )
  expect(calls).toBe(5)
  for (const statement of ['update flows.api_usage set calls = 0', 'delete from flows.api_usage_totals']) {
    for (const role of ['authenticated', 'service_role']) {
      const change = actAs(authenticator, { ...actor, role, readOnly: false }, (tx) =>
        tx.run({ text: statement, values: [] }),
      )
      expect(await stateOf(change)).toBe('DATABASE_PERMISSION_DENIED')
    }
  }
  expect(await stateOf(staff.run(sql`update flows.api_usage set calls = 0`))).toBe(
    'DATABASE_PERMISSION_DENIED',
  )
})
