import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { syncTiers } from '../../src/clients/sync-tiers.ts'
import { accessTokenClaims } from '../../src/members/access-token-claims.ts'
import { listMembers } from '../../src/members/list-members.ts'
import { updateMember } from '../../src/members/update-member.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { owner, staff } = await testDatabase()
await syncTiers(staff, { pair: { maxUsers: 2, storageGB: 1, features: [] } })

test('a member that is made an admin is one in its next access token', async () => {
  const client = await newClient(staff)
  const [userId = ''] = await addMembers(staff, client, 1)
  expect(await updateMember(staff, client, userId, { role: 'admin' })).toEqual({
    id: expect.any(String),
    clientCode: client.clientCode,
    userId,
    role: 'admin',
    permissions: [],
    status: 'active',
    createdAt: expect.any(Date),
  })
  const { app_metadata: metadata } = await accessTokenClaims(owner, userId)
  expect(metadata).toMatchObject({ client_id: client.id, client_role: 'admin' })
})

test('a member that is put out has no client in its next access token, and keeps its role for later', async () => {
  const client = await newClient(staff)
  const [userId = ''] = await addMembers(staff, client, 1)
  await updateMember(staff, client, userId, { role: 'admin' })
  expect(await updateMember(staff, client, userId, { status: 'inactive' })).toMatchObject({
    role: 'admin',
    status: 'inactive',
  })
  expect((await accessTokenClaims(owner, userId)).app_metadata).toEqual({})
})

test('a member is let in again only while the tier has room, told with the figures', async () => {
  const client = await newClient(staff, { tier: 'pair' })
  const [userId = ''] = await addMembers(staff, client, 1)
  await updateMember(staff, client, userId, { status: 'inactive' })
  await addMembers(staff, client, 2)
  expect(await failureOf(updateMember(staff, client, userId, { status: 'active' }))).toEqual({
    code: 'MEMBER_LIMIT_REACHED',
    message: `Client ${client.clientCode} has 2 of 2 members: its tier allows no more`,
    hint: 'Deactivate a member (member:update --status inactive) or raise the tier: client:update <code> --tier <tier>',
  })
})

test.each([
  ['nobody', () => randomUUID()],
  ['what is no id', () => 'ida'],
])('a change to %s is refused', async (_, userId) => {
  const client = await newClient(staff)
  expect(await failureOf(updateMember(staff, client, userId(), { role: 'admin' }))).toEqual({
    code: 'MEMBER_NOT_FOUND',
    message: `Client "${client.clientCode}" has no member with this user id`,
    hint: `See them with: member:list --client ${client.clientCode}`,
  })
})

test('a member of one client cannot be changed through another', async () => {
  const [client, other] = [await newClient(staff), await newClient(staff)]
  const [userId = ''] = await addMembers(staff, client, 1)
  expect((await failureOf(updateMember(staff, other, userId, { role: 'admin' }))).code).toBe(
    'MEMBER_NOT_FOUND',
  )
  expect(await listMembers(staff, client.id)).toMatchObject([{ userId, role: 'member' }])
})

test('members are listed newest first, held to role, status and number', async () => {
  const client = await newClient(staff)
  const [first = ''] = await addMembers(staff, client, 1)
  const [second = ''] = await addMembers(staff, client, 1)
  const [third = ''] = await addMembers(staff, client, 1)
  await updateMember(staff, client, first, { role: 'admin' })
  await updateMember(staff, client, second, { status: 'inactive' })
  const listed = async (filter: Parameters<typeof listMembers>[2]) =>
    (await listMembers(staff, client.id, filter)).map(({ userId }) => userId)
  expect(await listed({})).toEqual([third, second, first])
  expect(await listed({ role: 'admin' })).toEqual([first])
  expect(await listed({ status: 'active' })).toEqual([third, first])
  expect(await listed({ limit: 1 })).toEqual([third])
})
