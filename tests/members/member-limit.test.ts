import { randomUUID } from 'node:crypto'
import { afterAll, expect, test, vi } from 'vitest'
import { syncTiers } from '../../src/clients/sync-tiers.ts'
import { updateClient } from '../../src/clients/update-client.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { brokenConstraint } from '../../src/database/failures.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { owner, staff, url } = await testDatabase()
const crowd = await connect(url, { role: 'flows_staff', size: 20 })
afterAll(() => crowd.close())
await syncTiers(staff, {
  seven: { maxUsers: 7, storageGB: 1, features: [] },
  twelve: { maxUsers: 12, storageGB: 1, features: [] },
})

/** How inserts ended: how many were taken, and which rules the others broke. */
async function outcomeOf(inserts: readonly Promise<unknown>[]) {
  const ended = await Promise.allSettled(inserts)
  const broken = ended.flatMap((end) => (end.status === 'rejected' ? [brokenConstraint(end.reason)] : []))
  return { taken: ended.length - broken.length, broken: [...new Set(broken)] }
}

function insertMember(db: Database, clientId: string, userId: string = randomUUID()): Promise<number> {
  return db.run(sql`insert into flows.client_members (client_id, user_id) values (${clientId}, ${userId})`)
}

async function countMembers(clientId: string): Promise<number> {
  const { members } = await staff.one<{ members: number }>(sql`
    select count(*) as members from flows.client_members where client_id = ${clientId} and status = 'active'`)
  return members
}

test('of 20 who join at once exactly as many get in as the tier allows', async () => {
  const { id } = await newClient(staff, { tier: 'seven' })
  const inserts = Array.from({ length: 20 }, () => insertMember(crowd, id))
  expect(await outcomeOf(inserts)).toEqual({ taken: 7, broken: ['client_members_max_users_check'] })
  expect(await countMembers(id)).toBe(7)
})

test('one statement that adds too many adds none', async () => {
  const client = await newClient(staff, { tier: 'seven' })
  expect(await outcomeOf([addMembers(staff, client, 8)])).toEqual({
    taken: 0,
    broken: ['client_members_max_users_check'],
  })
  await addMembers(staff, client, 7)
  expect(await countMembers(client.id)).toBe(7)
})

test('members that were put out do not count, and are let in again only while there is room', async () => {
  const client = await newClient(staff, { tier: 'seven' })
  const [one] = await addMembers(staff, client, 7)
  const setStatus = (status: string) =>
    staff.run(sql`
      update flows.client_members set status = ${status} where client_id = ${client.id} and user_id = ${one}`)
  await setStatus('inactive')
  await insertMember(staff, client.id)
  expect(await outcomeOf([setStatus('active')])).toEqual({
    taken: 0,
    broken: ['client_members_max_users_check'],
  })
  expect(await countMembers(client.id)).toBe(7)
})

test('someone who joins while the tier is being lowered is held to the new one', async () => {
  const client = await newClient(staff, { tier: 'twelve' })
  await addMembers(staff, client, 7)
  const insert = await staff.transaction(async (tx) => {
    await updateClient(tx, client.clientCode, { tier: 'seven' })
    // Awaited already here: it may fail before the commit is told of.
    const outcome = outcomeOf([insertMember(crowd, client.id)])
    await untilWaiting()
    return { outcome }
  })
  expect(await insert.outcome).toEqual({ taken: 0, broken: ['client_members_max_users_check'] })
  expect(await countMembers(client.id)).toBe(7)
})

test('clients do not count against each other', async () => {
  const [one, other] = [await newClient(staff, { tier: 'seven' }), await newClient(staff, { tier: 'seven' })]
  await addMembers(staff, one, 7)
  await addMembers(staff, other, 7)
  expect([await countMembers(one.id), await countMembers(other.id)]).toEqual([7, 7])
})

/** Resolves when some statement of this database waits for a lock. */
function untilWaiting(): Promise<boolean> {
  return vi.waitUntil(async () => {
    const { waiting } = await owner.one<{ waiting: number }>(sql`
      select count(*) as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`)
    return waiting > 0
  })
}
