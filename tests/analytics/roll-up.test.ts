import { beforeAll, expect, test } from 'vitest'
import { recordUsage } from '../../src/analytics/record-usage.ts'
import { refreshUsage, rollUpUsage } from '../../src/analytics/roll-up-usage.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { batchId, countedFor, eventsOf, totalsFor } from './usage.ts'

const { staff, owner, url } = await testDatabase()

beforeAll(async () => {
  await owner.run(sql`
    insert into flows.client_tiers (tier, max_users, storage_bytes, usage_days)
    values ('brief', 5, 1000000, 30), ('lasting', 5, 1000000, 36500)`)
})

function rows(table: 'api_usage' | 'api_usage_days', { id }: { id: string }): Promise<{ calls: number }[]> {
  return owner.many({ text: `select * from flows.${table} where client_id = $1`, values: [id] })
}

test('hours of days long past become days, and no figure changes by it', async () => {
  const client = await newClient(staff, { tier: 'lasting' })
  const recent = new Date(Date.now() - 86_400_000).toISOString()
  await recordUsage(staff, batchId(), [
    ...eventsOf(client, 480),
    ...eventsOf(client, 20).map((event) => ({ ...event, at: recent })),
  ])
  const before = await countedFor(owner, client)
  expect(before).toEqual({ calls: 500, errors: 50, totalMs: 5_000 })
  const { hours } = await rollUpUsage(staff)
  expect(hours).toBeGreaterThan(0)
  expect(await countedFor(owner, client)).toEqual(before)
  expect((await rows('api_usage_days', client)).reduce((sum, { calls }) => sum + calls, 0)).toBe(480)
  expect((await rows('api_usage', client)).reduce((sum, { calls }) => sum + calls, 0)).toBe(20)
  expect((await rollUpUsage(staff)).hours).toBe(0)
  // A call of such a day that comes later is added to it.
  await recordUsage(staff, batchId(), eventsOf(client, 10))
  await rollUpUsage(staff)
  expect(await countedFor(owner, client)).toMatchObject({ calls: 510 })
  expect((await rows('api_usage', client)).reduce((sum, { calls }) => sum + calls, 0)).toBe(20)
})

test('writers and roll-ups at once lose and double nothing', async () => {
  const clients = [await newClient(staff, { tier: 'lasting' }), await newClient(staff, { tier: 'lasting' })]
  const pool = await connect(url, { role: 'flows_staff', size: 8 })
  const writing = Array.from({ length: 60 }, () =>
    recordUsage(
      pool,
      batchId(),
      clients.flatMap((client) => eventsOf(client, 48)),
    ),
  )
  const rolling = Array.from({ length: 12 }, () => rollUpUsage(pool))
  await Promise.all([...writing, ...rolling])
  await rollUpUsage(pool)
  await pool.close()
  for (const client of clients) {
    const whole = { calls: 60 * 48, errors: 60 * 5, totalMs: 60 * 480 }
    expect(await countedFor(owner, client)).toEqual(whole)
    expect(await totalsFor(owner, client)).toEqual(whole)
    expect(await rows('api_usage', client)).toEqual([])
  }
})

test('what is older than its tier keeps is deleted, day by day, and the totals stay', async () => {
  const [brief, long] = [await newClient(staff, { tier: 'brief' }), await newClient(staff)]
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  for (const client of [brief, long]) {
    const events = eventsOf(client, 4).map((event, place) => ({
      ...event,
      at: daysAgo([5, 29, 32, 390][place] ?? 0),
    }))
    await recordUsage(staff, batchId(), events)
    await owner.run(sql`
      insert into flows.client_snapshots (client_id, day)
      select ${client.id}, current_date - ago from unnest(array[29, 32, 390]) ago`)
  }
  const { forgotten } = await rollUpUsage(staff)
  expect(forgotten).toBeGreaterThanOrEqual(4)
  expect(await countedFor(owner, brief)).toMatchObject({ calls: 2 })
  expect(await countedFor(owner, long)).toMatchObject({ calls: 4 })
  expect(await totalsFor(owner, brief)).toMatchObject({ calls: 4 })
  const { days } = await owner.one<{ days: number }>(sql`
    select count(*) as days from flows.client_snapshots where client_id = ${brief.id}`)
  expect(days).toBe(2)
})

test('batches are forgotten when their time has come', async () => {
  const client = await newClient(staff)
  const id = batchId()
  await recordUsage(staff, id, eventsOf(client, 1))
  await rollUpUsage(staff)
  expect(await recordUsage(staff, id, eventsOf(client, 1))).toMatchObject({ duplicate: true })
  await owner.run(
    sql`update flows_private.usage_batches set forget_at = now() - interval '1 second' where id = ${id}`,
  )
  expect((await rollUpUsage(staff)).batches).toBe(1)
  expect(await recordUsage(staff, id, eventsOf(client, 1))).toMatchObject({ duplicate: false })
})

test('a snapshot of a day is that of the last look at it', async () => {
  const client = await newClient(staff)
  await refreshUsage(staff, client.clientCode)
  await addMembers(staff, client, 3)
  await owner.run(sql`
    update flows.client_buckets set object_count = 2, object_bytes = 2048 where client_id = ${client.id}`)
  await refreshUsage(staff, client.clientCode)
  const snapshots = await owner.many(sql`
    select active_members, inactive_members, object_count, object_bytes
    from flows.client_snapshots where client_id = ${client.id}`)
  expect(snapshots).toEqual([{ activeMembers: 3, inactiveMembers: 0, objectCount: 2, objectBytes: 2048 }])
})

test('a client that is not there cannot be brought up to date', async () => {
  expect(await failureOf(refreshUsage(staff, 'nobody'))).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
})

test('a dry run of the roll-up changes nothing', async () => {
  const client = await newClient(staff)
  await recordUsage(staff, batchId(), eventsOf(client, 24))
  const kept = await rows('api_usage', client)
  const takenBack = staff.transaction(async (tx) => {
    await rollUpUsage(tx)
    throw new Error('taken back')
  })
  await expect(takenBack).rejects.toThrow('taken back')
  expect(await rows('api_usage', client)).toEqual(kept)
})
