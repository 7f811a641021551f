import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { type IngestedLog, type IngestOptions, ingestLog } from '../../src/analytics/ingest/ingest-log.ts'
import { installApplication } from '../../src/applications/install-application.ts'
import type { CreatedClient } from '../../src/clients/create-client.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { countedFor } from './usage.ts'

const { staff, owner } = await testDatabase()

let client: CreatedClient
let other: CreatedClient
let member = ''
let bucket = ''

beforeAll(async () => {
  client = await newClient(staff, { domain: 'acme-corp.thepia.net' })
  other = await newClient(staff)
  await installApplication(staff, client, {
    appCode: 'offboarding',
    appName: 'Offboarding',
    permissions: [],
    settings: {},
  })
  member = (await addMembers(staff, client, 1))[0] ?? ''
  const row = await owner.one<{ bucketId: string }>(sql`
    select bucket_id from flows.client_buckets where client_id = ${client.id}`)
  bucket = row.bucketId
})

/** Reads a log of these lines (objects as JSON), in pieces of 7 bytes and as a source of its own unless one is given. */
function ingest(
  lines: readonly unknown[],
  options: IngestOptions & { db?: Database; end?: string } = {},
): Promise<IngestedLog> {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const bytes = Buffer.from(texts.join('\n') + (options.end ?? '\n'))
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
  }
  return ingestLog(options.db ?? staff, pieces(), { source: randomUUID(), ...options })
}

function line(place: number): object {
  const minute = String(place % 60).padStart(2, '0')
  return { client: client.clientCode, status: 200, ms: 10, at: `2025-01-15T10:${minute}:00Z`, place }
}

function lines(from: number, until: number): object[] {
  return Array.from({ length: until - from }, (_, place) => line(from + place))
}

/** How many calls of the client are counted, beyond what was before. */
async function counting(): Promise<() => Promise<number>> {
  const before = await countedFor(owner, client)
  return async () => (await countedFor(owner, client)).calls - before.calls
}

/** The rows of one hour that nothing else in this file writes. */
function rowsOf(hour: string): Promise<object[]> {
  return owner.many(sql`
    select client_id, app_code, endpoint_class, status_class, calls, errors, total_ms from flows.api_usage
    where hour = ${hour} order by client_id = ${other.id}, app_code, endpoint_class, status_class`)
}

test('a Supabase log drain is counted by user, host and bucket, whether records stand alone or in arrays of one', async () => {
  const event = (request: object, status_code: number, more: object = {}) => ({
    event_message: 'GET | 200',
    id: randomUUID(),
    timestamp: Date.parse('2025-01-02T03:04:05Z') * 1_000,
    metadata: { request, response: { status_code, origin_time: 40, ...more } },
  })
  const user = event({ path: '/rest/v1/invitations', host: 'x.supabase.co', sb: { auth_user: member } }, 200)
  const nested = {
    ...user,
    metadata: [
      {
        request: [
          {
            path: '/rest/v1/rpc/redeem_invitation',
            sb: [{ jwt: [{ authorization: [{ payload: [{ subject: member, role: 'authenticated' }] }] }] }],
          },
        ],
        response: [{ status_code: 500, origin_time: 2_000 }],
      },
    ],
  }
  const result = await ingest([
    user,
    nested,
    event({ path: `/storage/v1/object/public/${bucket}/a.pdf`, sb: { auth_user: randomUUID() } }, 200),
    event({ path: '/auth/v1/token', host: 'ACME-corp.thepia.net' }, 400),
    [user, user],
    event({ path: '/rest/v1/invitations', host: 'x.supabase.co' }, 401),
    event({ path: '/rest/v1/invitations', host: 'x.supabase.co', sb: { auth_user: randomUUID() } }, 200),
    { id: randomUUID(), timestamp: 1, event_message: 'checkpoint starting: time', metadata: { parsed: {} } },
  ])
  expect(result).toEqual({
    lines: 8,
    skipped: 0,
    recorded: 6,
    refused: { client_unknown: 2, not_a_call: 1 },
    refusals: [
      { line: 6, reason: 'client_unknown' },
      { line: 8, reason: 'not_a_call' },
      { line: 7, reason: 'client_unknown' },
    ],
    unfinished: false,
  })
  const ours = { clientId: client.id, appCode: '_none', statusClass: '2xx', calls: 1, errors: 0, totalMs: 40 }
  expect(await rowsOf('2025-01-02T03:00:00Z')).toEqual([
    { ...ours, endpointClass: 'auth', statusClass: '4xx' },
    { ...ours, endpointClass: 'rest', calls: 3, totalMs: 120 },
    { ...ours, endpointClass: 'rpc', statusClass: '5xx', errors: 1, totalMs: 2_000 },
    { ...ours, endpointClass: 'storage' },
  ])
})

test('nginx access logs in JSON are counted, with its own names and units', async () => {
  const result = await ingest([
    {
      time_iso8601: '2025-01-03T05:00:00+02:00',
      host: 'acme-corp.thepia.net:443',
      request_uri: '/rest/v1/invitations?select=*',
      status: '200',
      request_time: '0.012',
      app: 'offboarding',
    },
    {
      msec: '1735873200.123',
      client: other.clientCode,
      request: 'POST /functions/v1/x HTTP/1.1',
      status: 502,
      request_time: 1.5,
    },
    {
      time: '2025-01-03T03:59:59Z',
      client: client.clientCode,
      uri: '/health',
      status: 499,
      request_time: '-',
    },
    { time: '2025-01-03T03:59:59Z', client: client.clientCode, uri: '/health', status: '000' },
    { time: '03/Jan/2025:03:59:59 +0000', client: client.clientCode, uri: '/health', status: 200 },
    { time: '2025-01-03T03:59:59', client: client.clientCode, uri: '/health', status: 200 },
    { time: '2025-01-03T03:59:59Z', client: client.clientCode, status: 200, request_time: 'slow' },
  ])
  expect(result).toMatchObject({
    recorded: 3,
    refusals: [
      { line: 4, reason: 'status_invalid' },
      { line: 5, reason: 'moment_invalid' },
      { line: 6, reason: 'moment_invalid' },
      { line: 7, reason: 'duration_invalid' },
    ],
  })
  const ours = { clientId: client.id, calls: 1, errors: 0 }
  expect(await rowsOf('2025-01-03T03:00:00Z')).toEqual([
    { ...ours, appCode: '_none', endpointClass: 'other', statusClass: '4xx', totalMs: 0 },
    { ...ours, appCode: 'offboarding', endpointClass: 'rest', statusClass: '2xx', totalMs: 12 },
    {
      clientId: other.id,
      calls: 1,
      errors: 1,
      appCode: '_none',
      endpointClass: 'functions',
      statusClass: '5xx',
      totalMs: 1_500,
    },
  ])
})

test('Kong logs are counted for the consumer that Kong has authenticated', async () => {
  const call = {
    started_at: Date.parse('2025-01-04T03:00:00Z'),
    request: { uri: '/rest/v1/invitations', headers: { host: 'x', 'x-flows-app': 'offboarding' } },
    response: { status: 201 },
    latencies: { request: 33, kong: 1, proxy: 32 },
    consumer: { custom_id: client.clientCode, username: 'key-1' },
  }
  const { consumer: _, ...nobody } = call
  const result = await ingest([call, { ...call, consumer: { username: client.clientCode } }, nobody])
  expect(result).toMatchObject({ recorded: 2, refusals: [{ line: 3, reason: 'client_unknown' }] })
  expect(await rowsOf('2025-01-04T03:00:00Z')).toEqual([
    {
      clientId: client.id,
      appCode: 'offboarding',
      endpointClass: 'rest',
      statusClass: '2xx',
      calls: 2,
      errors: 0,
      totalMs: 66,
    },
  ])
})

test('a caller cannot charge another client: what a request says of itself comes after its user', async () => {
  const count = await counting()
  await ingest([
    {
      user: member,
      host: 'unknown.example',
      endpoint: `/storage/v1/object/flows-${other.clientCode}/a`,
      status: 403,
      at: '2025-01-05T00:00:00Z',
    },
  ])
  expect(await count()).toBe(1)
  expect(await rowsOf('2025-01-05T00:00:00Z')).toMatchObject([{ clientId: client.id }])
})

test('lines that are none are told by number, and never stop the others', async () => {
  const count = await counting()
  const result = await ingest([
    line(1),
    'not json',
    '',
    '{"status":200',
    '42',
    line(2),
    `{"status":200,"client":"${'x'.repeat(1_100_000)}"}`,
    line(3),
    { ...line(4), at: new Date(Date.now() + 7_200_000) },
  ])
  expect(result).toEqual({
    lines: 9,
    skipped: 0,
    recorded: 3,
    refused: { not_json: 2, not_a_call: 1, line_too_long: 1, moment_invalid: 1 },
    refusals: [
      { line: 2, reason: 'not_json' },
      { line: 4, reason: 'not_json' },
      { line: 5, reason: 'not_a_call' },
      { line: 7, reason: 'line_too_long' },
      { line: 9, reason: 'moment_invalid' },
    ],
    unfinished: false,
  })
  expect(await count()).toBe(3)
})

test('only the first hundred refusals are listed, and all are counted', async () => {
  const result = await ingest(Array.from({ length: 250 }, () => 'x'))
  expect(result.refused).toEqual({ not_json: 250 })
  expect(result.refusals).toHaveLength(100)
})

test('an empty log is no error', async () => {
  expect(await ingest([], { end: '' })).toMatchObject({ lines: 0, recorded: 0, refused: {} })
})

test('a log read again adds nothing; one that has grown adds what is new, whatever the batches', async () => {
  const count = await counting()
  const source = randomUUID()
  expect(await ingest(lines(0, 25), { source, batch: 10 })).toMatchObject({
    lines: 25,
    skipped: 0,
    recorded: 25,
  })
  expect(await ingest(lines(0, 25), { source, batch: 10 })).toMatchObject({
    lines: 0,
    skipped: 25,
    recorded: 0,
  })
  expect(await ingest(lines(0, 40), { source, batch: 7 })).toMatchObject({
    lines: 15,
    skipped: 25,
    recorded: 15,
  })
  expect(await ingest(lines(0, 40), { source })).toMatchObject({ lines: 0, skipped: 40, recorded: 0 })
  expect(await count()).toBe(40)
})

test('the lines after those that were read before keep their numbers', async () => {
  const source = randomUUID()
  await ingest(lines(0, 5), { source, end: '' })
  const result = await ingest([...lines(0, 5), line(5), 'broken'], { source })
  expect(result).toMatchObject({
    lines: 3,
    skipped: 5,
    recorded: 1,
    refusals: [{ line: 7, reason: 'not_json' }],
  })
})

test('a line that is still being written is left for the next run', async () => {
  const count = await counting()
  const source = randomUUID()
  const [whole, half] = [JSON.stringify(line(1)), JSON.stringify(line(2)).slice(0, 30)]
  expect(await ingest([whole, half], { source, end: '' })).toMatchObject({
    lines: 1,
    recorded: 1,
    unfinished: true,
  })
  expect(await ingest([whole, line(2)], { source, end: '' })).toMatchObject({
    lines: 1,
    recorded: 1,
    unfinished: false,
  })
  expect(await ingest([whole, line(2), line(3)], { source })).toMatchObject({
    recorded: 1,
    unfinished: false,
  })
  expect(await count()).toBe(3)
})

test('a log whose beginning is no longer what was counted is refused whole', async () => {
  const count = await counting()
  const source = randomUUID()
  await ingest(lines(0, 20), { source })
  const changed = [...lines(0, 10), line(99), ...lines(11, 30)]
  for (const log of [changed, lines(0, 10)]) {
    expect(await failureOf(ingest(log, { source }))).toEqual({
      code: 'USAGE_LOG_CHANGED',
      message: 'This log begins like one of which 20 lines were counted, but differs from it further on',
      hint: 'Nothing was added. If it is the log of another server, give it a name with --source.',
    })
  }
  expect(await count()).toBe(20)
  expect(await ingest(changed, { source: `${source}-2` })).toMatchObject({ recorded: 30 })
})

test('of two that read the same log at once one counts each stretch, and the other says so', async () => {
  const count = await counting()
  const source = randomUUID()
  const both = await Promise.allSettled([
    ingest(lines(0, 500), { source, batch: 20 }),
    ingest(lines(0, 500), { source, batch: 20 }),
  ])
  const failures = both.filter((one) => one.status === 'rejected').map(({ reason }) => reason)
  for (const failure of failures) {
    expect(failure).toMatchObject({
      code: 'USAGE_LOG_BUSY',
      message: 'Somebody else is counting this log right now',
    })
  }
  await ingest(lines(0, 500), { source })
  expect(failures.length).toBeLessThan(2)
  expect(await count()).toBe(500)
})

test('a reader that dies between batches loses and doubles nothing when it is run again', async () => {
  const count = await counting()
  const source = randomUUID()
  for (let run = 0; run < 6; run += 1) {
    let batches = 0
    const dying = ingest(lines(0, 100), {
      source,
      batch: 9,
      progress: () => {
        batches += 1
        if (batches > run) throw new Error('killed')
      },
    })
    await dying.catch((error: unknown) => expect(error).toEqual(new Error('killed')))
  }
  await ingest(lines(0, 100), { source, batch: 9 })
  expect(await count()).toBe(100)
})

test('a batch that fails in the database leaves nothing behind', async () => {
  const count = await counting()
  const source = randomUUID()
  const failing = staff.transaction(async (tx) => {
    await ingest(lines(0, 10), { source, db: tx })
    throw new Error('The connection broke')
  })
  await expect(failing).rejects.toThrow('The connection broke')
  expect(await count()).toBe(0)
  expect(await ingest(lines(0, 10), { source })).toMatchObject({ skipped: 0, recorded: 10 })
})
