import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { pause, ticks } from '../../src/base/clock.ts'
import type { Client } from '../../src/clients/client.ts'
import type { Database } from '../../src/database/database.ts'
import { isConnectionLoss } from '../../src/database/failures.ts'
import { sql } from '../../src/database/sql.ts'
import { newClient } from '../invitations/client.ts'
import { testDatabase } from '../support/database.ts'
import { backUp, populatedClient, projectTable, settings } from './populated.ts'

const { owner, staff } = await testDatabase()
await owner.script(projectTable)

/** Writes an invitation and its redemption together, again and again, until told to stop. */
function writeTo({ id }: Client): { stop(): Promise<{ pairs: number; longest: number; refused: number }> } {
  let goesOn = true
  const done = { pairs: 0, longest: 0, refused: 0 }
  const work = async () => {
    while (goesOn) {
      const began = ticks()
      const error = await staff.transaction((tx) => writePair(tx, id)).catch((error: unknown) => error)
      if (isConnectionLoss(error)) throw error
      if (error === undefined) done.pairs += 1
      else done.refused += 1
      done.longest = Math.max(done.longest, ticks() - began)
      await pause(2)
    }
    return done
  }
  const working = work()
  return {
    stop: () => {
      goesOn = false
      return working
    },
  }
}

async function writePair(tx: Database, clientId: string): Promise<void> {
  const invitation = randomUUID()
  await tx.run(sql`
    insert into flows.invitations (client_id, id, app_id, invitation_code, key_epoch, expires_at, used_count, status)
    select ${clientId}, ${invitation}, a.id, ${invitation}, 1, now() + interval '1 day', 1, 'redeemed'
    from flows.client_applications a where a.client_id = ${clientId}`)
  await tx.run(sql`
    insert into flows.invitation_redemptions (client_id, invitation_id, use_number, user_id)
    values (${clientId}, ${invitation}, 1, gen_random_uuid())`)
}

/** Invitations and redemptions that have no counterpart. */
function halves(db: Database, { id }: Client): Promise<{ unmatched: number }> {
  return db.one(sql`
    select count(*) as unmatched
    from (select id from flows.invitations where client_id = ${id} and status = 'redeemed') i
    full join (select invitation_id from flows.invitation_redemptions where client_id = ${id}) r
      on r.invitation_id = i.id
    where i.id is null or r.invitation_id is null`)
}

test('a backup is of one moment while everybody writes, and nobody waits for it', async () => {
  const clients = [await newClient(owner), await newClient(owner)] as const
  const writers = clients.map(writeTo)
  await pause(300)
  for (let turn = 0; turn < 10; turn += 1) {
    const file = await backUp(owner, clients[0])
    const { tables } = await verifyBackup(file)
    const rowsOf = (name: string) => tables.find(({ table }) => table === name)?.rows
    expect(rowsOf('invitations')).toBe(rowsOf('invitation_redemptions'))
    const text = readFileSync(file, 'utf8')
    const [, rows = ''] = /^copy "flows"."invitation_redemptions".*\n([\s\S]*?)^\\\.$/m.exec(text) ?? []
    for (const row of rows.trim().split('\n'))
      expect(text).toContain(`${clients[0].id}\t${row.split('\t')[2]}\t`)
  }
  for (const writer of writers) {
    const { pairs, refused } = await writer.stop()
    expect(pairs).toBeGreaterThan(20)
    expect(refused).toBe(0)
  }
})

test('a restore beside writers on all clients leaves whole pairs only, and refuses no writer of another client', async () => {
  const restored = await newClient(owner)
  const other = await populatedClient(owner)
  for (let pair = 0; pair < 50; pair += 1) await owner.transaction((tx) => writePair(tx, restored.id))
  const file = await backUp(owner, restored)
  const own = writeTo(restored)
  const others = writeTo(other)
  await pause(200)
  for (let turn = 0; turn < 10; turn += 1) {
    await restoreBackup(owner, file, { settings, replace: true })
    expect(await halves(owner, restored)).toEqual({ unmatched: 0 })
    await pause(30)
  }
  const { pairs } = await own.stop()
  expect(pairs).toBeGreaterThan(5)
  const { pairs: theirs, refused } = await others.stop()
  expect(theirs).toBeGreaterThan(20)
  expect(refused).toBe(0)
  await restoreBackup(owner, file, { settings, replace: true })
  const { invitations } = await owner.one<{ invitations: number }>(sql`
    select count(*) as invitations from flows.invitations where client_id = ${restored.id}`)
  expect(invitations).toBe(50)
})

test('a restore holds no lock on a shared table above ROW EXCLUSIVE', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  const locks = new Set<string>()
  const restoring = restoreBackup(owner, file, {
    settings,
    replace: true,
    progress: () => {
      void staff
        .many<{ mode: string }>(sql`
          select l.mode from pg_locks l join pg_class c on c.oid = l.relation
          where c.relnamespace::regnamespace::text in ('flows', 'flows_private', 'storage') and l.database = (
            select oid from pg_database where datname = current_database())`)
        .then((rows) => rows.forEach(({ mode }) => void locks.add(mode)))
    },
  })
  await restoring
  await pause(200)
  expect([...locks].sort()).toEqual(expect.arrayContaining(['RowExclusiveLock']))
  for (const mode of locks) expect(['AccessShareLock', 'RowShareLock', 'RowExclusiveLock']).toContain(mode)
})

test('a writer that holds what a restore wants, and wants what it holds, goes first', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  const told: string[] = []
  let restoring: Promise<unknown> | undefined
  await staff.transaction(async (tx) => {
    await tx.run(sql`update flows.invitations set permissions = '{admin}' where client_id = ${client.id}`)
    restoring = restoreBackup(owner, file, { settings, replace: true, progress: (text) => told.push(text) })
    await untilSomebodyWaits(tx)
    // Refers to the client, whose row the restore holds.
    await tx.run(sql`
      insert into flows.client_members (client_id, user_id) values (${client.id}, gen_random_uuid())`)
  })
  expect(await restoring).toMatchObject({ mode: 'replaced' })
  expect(told).toContain(`Restoring ${client.clientCode} waits for a lock (attempt 2)`)
})

async function untilSomebodyWaits(tx: Database): Promise<void> {
  for (let waiting = 0; waiting === 0; ) {
    const { count } = await tx.one<{ count: number }>(sql`
      select count(*) as count from pg_catalog.pg_locks where not granted`)
    waiting = count
  }
}
