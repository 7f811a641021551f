import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { cleanupInvitations } from '../../src/invitations/cleanup-invitations.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { activeClientKey } from '../../src/keys/active-client-key.ts'
import { findClientKeyOfEpoch } from '../../src/keys/find-client-key-of-epoch.ts'
import { listKeys } from '../../src/keys/list-keys.ts'
import { rotateClientKey } from '../../src/keys/rotate-client-key.ts'
import { rotateMasterKey } from '../../src/keys/rotate-master-key.ts'
import { expire, invite, newClient } from '../invitations/client.ts'
import { authority, keys, masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { owner, staff } = await testDatabase()

async function statesOf(clientId: string): Promise<string[]> {
  const rows = await owner.many<{ state: string }>(
    sql`select state from flows_private.client_keys where client_id = ${clientId} order by epoch`,
  )
  return rows.map(({ state }) => state)
}

test('a new epoch seals from now on, and what the old one sealed still opens', async () => {
  const client = await newClient(staff)
  const before = await invite(staff, client)
  expect(await rotateClientKey(staff, { clientId: client.id, masterKey })).toEqual({
    epoch: 2,
    previous: { epoch: 1, state: 'retiring' },
  })
  const after = await invite(staff, client)
  for (const { token } of [before, after]) {
    expect(await validateInvitation(staff, token, keys)).toMatchObject({
      valid: true,
      invitee: { fullName: 'Ada Lovelace' },
    })
  }
  const old = await findClientKeyOfEpoch(staff, { clientId: client.id, epoch: 1, masterKey })
  const { key } = await activeClientKey(staff, { clientId: client.id, masterKey })
  expect(old?.key.equals(key)).toBe(false)
  expect(await statesOf(client.id)).toEqual(['retiring', 'active'])
})

test('a revoked epoch opens nothing any more', async () => {
  const client = await newClient(staff)
  const { token } = await invite(staff, client)
  await rotateClientKey(staff, { clientId: client.id, masterKey, revoke: true })
  const verdict = await validateInvitation(staff, token, keys)
  expect(verdict.valid).toBe(true)
  expect(verdict).not.toHaveProperty('invitee')
})

test('rotations at once each give an epoch of its own, and one of them is active', async () => {
  const client = await newClient(staff)
  const rotations = await Promise.all(
    Array.from({ length: 8 }, () => rotateClientKey(staff, { clientId: client.id, masterKey })),
  )
  expect(rotations.map(({ epoch }) => epoch).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
  expect(await statesOf(client.id)).toEqual([...new Array(8).fill('retiring'), 'active'])
})

test('a retired key is destroyed by the clean-up after its last invitation, and then nothing opens', async () => {
  const client = await newClient(staff)
  const { id, token } = await invite(staff, client)
  await rotateClientKey(staff, { clientId: client.id, masterKey })
  expect((await cleanupInvitations(staff, client.clientCode)).shredded.clients).toEqual([])
  await expire(owner, client.id, id)
  expect((await cleanupInvitations(staff, client.clientCode)).shredded).toEqual({
    clients: [{ clientCode: client.clientCode, epochs: [1] }],
    signingKeys: 0,
  })
  expect(await statesOf(client.id)).toEqual(['shredded', 'active'])
  const left = await owner.one(
    sql`select wrapped_key from flows_private.client_keys where client_id = ${client.id} and epoch = 1`,
  )
  expect(left).toEqual({ wrappedKey: null })
  // Even if somebody set the clock of the row back.
  await owner.run(sql`
    update flows.invitations set expires_at = now() + interval '1 day', status = 'pending' where id = ${id}`)
  expect(await validateInvitation(staff, token, keys)).not.toHaveProperty('invitee')
})

test("one client's clean-up leaves the keys of another alone", async () => {
  const [one, other] = [await newClient(staff), await newClient(staff)]
  for (const { id } of [one, other]) await rotateClientKey(staff, { clientId: id, masterKey })
  await cleanupInvitations(staff, one.clientCode)
  expect(await statesOf(one.id)).toEqual(['shredded', 'active'])
  expect(await statesOf(other.id)).toEqual(['retiring', 'active'])
})

test('the list has the keys of a client, the latest first, and shows no key', async () => {
  const client = await newClient(staff)
  const { expiresAt } = await invite(staff, client)
  await rotateClientKey(staff, { clientId: client.id, masterKey })
  const listed = await listKeys(staff, { configured: authority.keys, clientId: client.id })
  expect(listed.filter(({ kind }) => kind === 'client')).toEqual([
    {
      kind: 'client',
      clientCode: client.clientCode,
      epoch: 2,
      alg: 'A256GCM',
      state: 'active',
      createdAt: expect.any(Date),
      usedUntil: null,
    },
    {
      kind: 'client',
      clientCode: client.clientCode,
      epoch: 1,
      alg: 'A256GCM',
      state: 'retiring',
      createdAt: expect.any(Date),
      usedUntil: expiresAt,
    },
  ])
})

test('under a new master key every token still opens, and under the old one none', async () => {
  const copy = await testDatabase()
  const clients = [await newClient(copy.staff), await newClient(copy.staff)]
  const invitations = await Promise.all(clients.map((client) => invite(copy.staff, client)))
  for (const { id } of clients) await rotateClientKey(copy.staff, { clientId: id, masterKey })
  const newMasterKey = randomBytes(32)
  expect(await rotateMasterKey(copy.staff, { masterKey, newMasterKey })).toBe(4)
  for (const { token } of invitations) {
    expect(await validateInvitation(copy.staff, token, { authority, masterKey: newMasterKey })).toMatchObject(
      {
        valid: true,
        invitee: { fullName: 'Ada Lovelace' },
      },
    )
    expect(await failureOf(validateInvitation(copy.staff, token, keys))).toMatchObject({
      code: 'KEY_UNWRAP_FAILED',
    })
  }
  expect(
    await failureOf(rotateMasterKey(copy.staff, { masterKey, newMasterKey: randomBytes(32) })),
  ).toMatchObject({
    code: 'KEY_UNWRAP_FAILED',
    message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
  })
})

test('a master key is changed for all clients or for none', async () => {
  const copy = await testDatabase()
  const [one, other] = [
    await newClient(copy.staff),
    await newClient(copy.staff, { wrappedBy: randomBytes(32) }),
  ]
  const wrapped = () =>
    copy.owner.many<{ clientId: string; wrappedKey: Buffer }>(
      sql`select client_id, wrapped_key from flows_private.client_keys order by client_id`,
    )
  const before = await wrapped()
  expect(
    await failureOf(rotateMasterKey(copy.staff, { masterKey, newMasterKey: randomBytes(32) })),
  ).toMatchObject({
    code: 'KEY_UNWRAP_FAILED',
  })
  expect(await wrapped()).toEqual(before)
  await copy.owner.run(sql`delete from flows_private.client_keys where client_id = ${other.id}`)
  const stopped = copy.staff.transaction(async (tx) => {
    expect(await rotateMasterKey(tx, { masterKey, newMasterKey: randomBytes(32) })).toBe(1)
    throw new Error('The process was killed')
  })
  await expect(stopped).rejects.toThrow('The process was killed')
  expect(await wrapped()).toEqual(before.filter(({ clientId }) => clientId === one.id))
  expect((await activeClientKey(copy.staff, { clientId: one.id, masterKey })).epoch).toBe(1)
})

test('the master key in use is no new one', async () => {
  expect(
    await failureOf(() => rotateMasterKey(staff, { masterKey, newMasterKey: Buffer.from(masterKey) })),
  ).toMatchObject({
    code: 'KEY_UNCHANGED',
    message: 'The new master key is the one in use',
  })
})
