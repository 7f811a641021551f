import { expect, test } from 'vitest'
import { readAppTemplate } from '../../src/applications/app-template.ts'
import { installApplication } from '../../src/applications/install-application.ts'
import { clientStatus } from '../../src/clients/client-status.ts'
import { syncTiers } from '../../src/clients/sync-tiers.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { staff, owner } = await testDatabase()
await syncTiers(staff, { mid: { maxUsers: 8, storageGB: 0.001, features: ['sso'] } })

test('a new client has nothing in use', async () => {
  const { bucketId, ...client } = await newClient(staff, { tier: 'mid' })
  expect(await clientStatus(staff, client.clientCode)).toEqual({
    ...client,
    deactivatedAt: null,
    members: { used: 0, limit: 8, percent: 0, inactive: 0, admins: 0 },
    storage: { used: 0, limit: 1_073_742, percent: 0, bucketId, objects: 0 },
    features: ['sso'],
    applications: [],
    invitations: { pending: 0, redeemed: 0, expired: 0, revoked: 0, superseded: 0, erased: 0 },
    lastActivityAt: expect.any(Date),
  })
})

test('members, files and applications count against what the tier allows, other clients apart', async () => {
  const [client, other] = [await newClient(staff, { tier: 'mid' }), await newClient(staff)]
  await addMembers(staff, other, 5)
  const [admin, gone] = await addMembers(staff, client, 5)
  await staff.run(sql`
    update flows.client_members
    set role = case when user_id = ${admin} then 'admin' else role end,
      status = case when user_id = ${gone} then 'inactive' else status end
    where client_id = ${client.id}`)
  await owner.run(sql`
    insert into storage.objects (bucket_id, name, metadata)
    values (${client.bucketId}, 'a', '{"size": 500000}'), (${client.bucketId}, 'b', '{"size": 36871}'),
      (${other.bucketId}, 'c', '{"size": 1}')`)
  await installApplication(staff, client, await readAppTemplate('onboarding'))
  await installApplication(staff, client, await readAppTemplate('offboarding'))
  expect(await clientStatus(staff, client.clientCode)).toMatchObject({
    members: { used: 4, limit: 8, percent: 50, inactive: 1, admins: 1 },
    storage: { used: 536_871, percent: 50, objects: 2 },
    applications: ['offboarding', 'onboarding'],
  })
})

test('invitations are counted by state, and one that is past its time is expired before any cleanup', async () => {
  const client = await newClient(staff)
  const { id } = await installApplication(staff, client, await readAppTemplate('offboarding'))
  const states = [
    ['pending', '1 hour'],
    ['pending', '1 hour'],
    ['pending', '-1 hour'],
    ['redeemed', '-1 hour'],
    ['expired', '-1 hour'],
  ]
  for (const [index, [status, validFor]] of states.entries()) {
    await owner.run(sql`
      insert into flows.invitations (client_id, app_id, invitation_code, status, key_epoch, expires_at)
      values (${client.id}, ${id}, ${`code-${index}`}, ${status}, 1, now() + ${validFor}::interval)`)
  }
  const { invitations } = await clientStatus(staff, client.clientCode)
  expect(invitations).toEqual({ pending: 2, redeemed: 1, expired: 2, revoked: 0, superseded: 0, erased: 0 })
})

test('the last activity is the newest event of the client', async () => {
  const client = await newClient(staff)
  const before = await clientStatus(staff, client.clientCode)
  await addMembers(staff, client, 1)
  const after = await clientStatus(staff, client.clientCode)
  expect(after.lastActivityAt?.getTime()).toBeGreaterThan(before.lastActivityAt?.getTime() ?? 0)
})

test('a client that is not there has no status', async () => {
  expect(await failureOf(clientStatus(staff, 'nobody'))).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
})
