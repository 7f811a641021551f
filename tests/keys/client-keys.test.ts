import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createClient } from '../../src/clients/create-client.ts'
import { sql } from '../../src/database/sql.ts'
import { activeClientKey } from '../../src/keys/active-client-key.ts'
import { createClientKey } from '../../src/keys/create-client-key.ts'
import { findClientKeyOfEpoch } from '../../src/keys/find-client-key-of-epoch.ts'
import { testDatabase } from '../support/database.ts'

const { owner, staff, authenticator } = await testDatabase()
const masterKey = randomBytes(32)

async function newClient(): Promise<string> {
  const clientCode = `client-${randomBytes(5).toString('hex')}`
  const draft = { clientCode, legalName: 'A Company', region: 'EU' }
  return (await createClient(staff, draft, { masterKey, storageBucketPrefix: 'flows' })).id
}

test('a new client has one key of its own, epoch 1, kept only wrapped', async () => {
  const [one, other] = [await newClient(), await newClient()]
  const key = await activeClientKey(staff, { clientId: one, masterKey })
  expect(key).toMatchObject({ clientId: one, epoch: 1 })
  expect(key.key.export()).not.toEqual(
    (await activeClientKey(staff, { clientId: other, masterKey })).key.export(),
  )
  const { wrappedKey } = await owner.one<{ wrappedKey: Buffer }>(
    sql`select wrapped_key from flows_private.client_keys where client_id = ${one}`,
  )
  expect(wrappedKey.includes(key.key.export())).toBe(false)
})

test('another master key opens no key', async () => {
  const clientId = await newClient()
  for (const find of [
    activeClientKey(staff, { clientId, masterKey: randomBytes(32) }),
    findClientKeyOfEpoch(staff, { clientId, epoch: 1, masterKey: randomBytes(32) }),
  ]) {
    await expect(find).rejects.toMatchObject({
      code: 'KEY_UNWRAP_FAILED',
      message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
    })
  }
})

test('a wrapped key copied into the row of another client opens nothing', async () => {
  const [one, other] = [await newClient(), await newClient()]
  await owner.run(sql`
    update flows_private.client_keys k set wrapped_key = stolen.wrapped_key
    from flows_private.client_keys stolen
    where k.client_id = ${one} and stolen.client_id = ${other}`)
  await expect(activeClientKey(staff, { clientId: one, masterKey })).rejects.toMatchObject({
    code: 'KEY_UNWRAP_FAILED',
    message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
  })
})

test('a second active key for a client is refused by the database', async () => {
  const clientId = await newClient()
  await expect(createClientKey(staff, { clientId, masterKey })).rejects.toMatchObject({
    constraint: expect.stringMatching(/^client_keys_client_id_(epoch_key|active_idx)$/),
  })
})

test.each(['retiring', 'revoked', 'shredded'])('a key that is %s seals nothing new', async (state) => {
  const clientId = await newClient()
  const wrapped = state === 'shredded' ? sql`null` : sql`wrapped_key`
  await owner.run(sql`
    update flows_private.client_keys set state = ${state}, wrapped_key = ${wrapped} where client_id = ${clientId}`)
  await expect(activeClientKey(staff, { clientId, masterKey })).rejects.toMatchObject({
    code: 'KEY_MISSING',
    message: 'The client has no active key, so nothing can be encrypted for it',
    hint: 'Give it one with: keys:rotate --client <code>',
  })
  const found = await findClientKeyOfEpoch(staff, { clientId, epoch: 1, masterKey })
  expect(found?.epoch).toBe(state === 'retiring' ? 1 : undefined)
})

test('an epoch that never was has no key', async () => {
  const clientId = await newClient()
  expect(await findClientKeyOfEpoch(staff, { clientId, epoch: 7, masterKey })).toBeUndefined()
})

test.each(['anon', 'authenticated', 'service_role'])('%s may not even look for keys', async (role) => {
  const attempt = authenticator.transaction(async (tx) => {
    await tx.run(sql`select set_config('role', ${role}, true)`)
    await tx.run(sql`select * from flows_private.client_keys`)
  })
  await expect(attempt).rejects.toMatchObject({
    code: 'DATABASE_PERMISSION_DENIED',
    message: 'The database refused this role',
  })
})
