import { randomBytes } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { createClient } from '../../src/clients/create-client.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection, Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { masterKeyName } from '../../src/keys/master-key.ts'
import { rotateClientKey } from '../../src/keys/rotate-client-key.ts'
import { rotateMasterKey } from '../../src/keys/rotate-master-key.ts'
import { unwrapKey, wrapKey } from '../../src/keys/wrap-key.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const notInUse = {
  code: 'KEY_UNWRAP_FAILED',
  message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
}

function newClient(db: Database, masterKey: Buffer) {
  const clientCode = `client-${randomBytes(5).toString('hex')}`
  const draft = { clientCode, legalName: 'A Company', region: 'EU' }
  return createClient(db, draft, { masterKey, storageBucketPrefix: 'flows' })
}

/** How many of the wrapped keys a master key opens, and how many there are. */
async function openedBy(db: Database, masterKey: Buffer): Promise<{ opened: number; all: number }> {
  const keys = await db.many<{ clientId: string; epoch: number; wrappedKey: Buffer }>(sql`
    select client_id, epoch, wrapped_key from flows_private.client_keys where wrapped_key is not null`)
  const opened = keys.filter(({ wrappedKey, ...name }) => {
    try {
      return unwrapKey(wrappedKey, name, masterKey)
    } catch {
      return false
    }
  })
  return { opened: opened.length, all: keys.length }
}

test('whoever comes with the old master key after a rotation makes neither a client nor a key', async () => {
  const { staff } = await testDatabase()
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  const { id } = await newClient(staff, old)
  await rotateMasterKey(staff, { masterKey: old, newMasterKey: fresh })
  expect(await failureOf(newClient(staff, old))).toMatchObject(notInUse)
  expect(await failureOf(rotateClientKey(staff, { clientId: id, masterKey: old }))).toMatchObject(notInUse)
  expect(await openedBy(staff, fresh)).toEqual({ opened: 1, all: 1 })
  await newClient(staff, fresh)
  await rotateMasterKey(staff, { masterKey: fresh, newMasterKey: old })
  expect(await openedBy(staff, old)).toEqual({ opened: 2, all: 2 })
})

test('clients made while the master key is rotated, 20 times: each is wrapped by the new one, or was refused', async () => {
  const { staff, url } = await testDatabase()
  const crowd: Connection = await connect(url, { role: 'flows_staff', size: 8 })
  afterAll(() => crowd.close())
  let [current, made, refused] = [randomBytes(32), 0, 0]
  await newClient(staff, current)
  for (let round = 0; round < 20; round += 1) {
    const next = randomBytes(32)
    const outcomes = await Promise.all([
      ...Array.from({ length: 3 }, () => settled(newClient(crowd, current))),
      rotateMasterKey(crowd, { masterKey: current, newMasterKey: next }).then(() => 'rotated'),
      ...Array.from({ length: 3 }, () => settled(newClient(crowd, current))),
    ])
    made += outcomes.filter((outcome) => outcome === 'made').length
    refused += outcomes.filter((outcome) => outcome === 'KEY_UNWRAP_FAILED').length
    current = next
  }
  expect({ ended: made + refused, ...(await openedBy(staff, current)) }).toEqual({
    ended: 120,
    opened: made + 1,
    all: made + 1,
  })
})

async function settled(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => 'made',
    (error: { code?: string }) => error.code ?? String(error),
  )
  return outcome
}

test('a rotation waits for whoever is wrapping, and takes its key along', async () => {
  const { staff, url } = await testDatabase()
  const other = await connect(url, { role: 'flows_staff' })
  afterAll(() => other.close())
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  const order: string[] = []
  let rotating: Promise<unknown> | undefined
  await staff.transaction(async (tx) => {
    await newClient(tx, old)
    rotating = rotateMasterKey(other, { masterKey: old, newMasterKey: fresh }).then(() =>
      order.push('rotated'),
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    order.push('made')
  })
  await rotating
  expect(order).toEqual(['made', 'rotated'])
  expect(await openedBy(staff, fresh)).toEqual({ opened: 1, all: 1 })
})

test('of two that come first with different master keys, one is noted and the other refused', async () => {
  const { staff } = await testDatabase()
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => settled(newClient(staff, randomBytes(32)))))
  expect(outcomes.toSorted()).toEqual([...Array(3).fill('KEY_UNWRAP_FAILED'), 'made'])
})

test('in a database from before, the master key that opens its keys is noted, and no other', async () => {
  const { staff, owner } = await testDatabase()
  const masterKey = randomBytes(32)
  const { id } = await newClient(staff, masterKey)
  await owner.run(sql`delete from flows_private.master_keys`)
  expect(await failureOf(newClient(staff, randomBytes(32)))).toMatchObject(notInUse)
  await rotateClientKey(staff, { clientId: id, masterKey })
  expect(await owner.many(sql`select kid, state from flows_private.master_keys`)).toEqual([
    { kid: masterKeyName(masterKey), state: 'active' },
  ])
})

test('the name of a master key is one of its own, and wraps nothing', () => {
  const masterKey = randomBytes(32)
  expect(masterKeyName(masterKey)).toMatch(/^[A-Za-z0-9_-]{16}$/)
  expect(masterKeyName(masterKey)).toBe(masterKeyName(Buffer.from(masterKey)))
  expect(masterKeyName(masterKey)).not.toBe(masterKeyName(randomBytes(32)))
  const name = { clientId: '00000000-0000-4000-8000-000000000000', epoch: 1 }
  expect(wrapKey(randomBytes(32), name, masterKey).toString('base64url')).not.toContain(
    masterKeyName(masterKey),
  )
})
