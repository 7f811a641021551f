import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { updateApplication } from '../../src/applications/update-application.ts'
import type { Client } from '../../src/clients/client.ts'
import { sql } from '../../src/database/sql.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { invite, newClient, refusals } from './client.ts'
import { authority, forge, goodClaims, goodHeader, keys } from './forge.ts'

const { owner, staff } = await testDatabase()
const hour = 3_600_000

async function ruled(invitations: object): Promise<Client> {
  const client = await newClient(staff)
  await updateApplication(staff, client.id, 'offboarding', { settings: { invitations } })
  return client
}

async function memberOf(
  client: Client,
  role: string,
  permissions: string[],
  status = 'active',
): Promise<string> {
  const userId = randomUUID()
  await owner.run(sql`
    insert into flows.client_members (client_id, user_id, role, permissions, status)
    values (${client.id}, ${userId}, ${role}, ${permissions}, ${status})`)
  return userId
}

test('before its day an invitation is refused by its token and by the database, and afterwards redeemed', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client, { notBefore: new Date(Date.now() + hour) })
  expect(verifyToken(token, authority)).toMatchObject({ valid: false, reason: 'not_yet_valid' })
  expect(verifyToken(token, authority, new Date(Date.now() + hour))).toMatchObject({ valid: true })
  expect(await redeemInvitation(staff, token, { authority })).toMatchObject({ reason: 'not_yet_valid' })
  await owner.run(
    sql`update flows.invitations set not_before = now() + interval '30 seconds' where id = ${id}`,
  )
  const inSkew = await invite(staff, client, { notBefore: new Date(Date.now() + 30_000) })
  expect(verifyToken(inSkew.token, authority)).toMatchObject({ valid: true })
  expect(await validateInvitation(staff, inSkew.token, keys)).toMatchObject({ reason: 'not_yet_valid' })
  expect(await redeemInvitation(staff, inSkew.token, { authority })).toMatchObject({
    reason: 'not_yet_valid',
  })
  await owner.run(sql`update flows.invitations set not_before = now() where id = ${inSkew.id}`)
  expect(await redeemInvitation(staff, inSkew.token, { authority })).toMatchObject({ redeemed: true })
})

test.each([0, -1, 1.5, '1', null, 99_999_999_999])('a day to begin of %j makes a token malformed', (nbf) => {
  const token = forge(goodHeader, goodClaims({ nbf }))
  expect(verifyToken(token, authority)).toMatchObject({ valid: false, reason: 'malformed' })
})

test('an invitation that would be over before it begins is refused', async () => {
  const client = await newClient(staff)
  const draft = { expiresIn: 60, notBefore: new Date(Date.now() + hour) }
  expect(await failureOf(invite(staff, client, draft))).toMatchObject({
    code: 'INVITATION_EXPIRY_INVALID',
    message: 'The invitation would be over before it can be used',
  })
})

test("the application's settings bound how long an invitation lives, also where no time is given", async () => {
  const client = await ruled({ maxExpiry: '2d' })
  expect(await failureOf(invite(staff, client, { expiresIn: 2 * 86_400 + 1 }))).toMatchObject({
    code: 'INVITATION_EXPIRY_INVALID',
    message: 'An invitation lives at most 2 days',
  })
  const { expiresAt } = await invite(staff, client)
  expect(expiresAt.getTime()).toBeLessThan(Date.now() + 2 * 24 * hour + 5_000)
})

test('a bound that cannot be read is not taken for none', async () => {
  for (const invitations of [{ maxExpiry: 'forever' }, { maxExpiry: null }, null]) {
    const client = await ruled(invitations as object)
    expect(await failureOf(invite(staff, client))).toMatchObject({
      code: 'APPLICATION_CONFIG_INVALID',
      message: 'The setting invitations.maxExpiry of offboarding is no duration',
    })
  }
})

test('an admin of the client hands on what it has, and nothing beyond', async () => {
  const client = await newClient(staff)
  const invitedBy = await memberOf(client, 'admin', ['documents:read'])
  const { id } = await invite(staff, client, { invitedBy })
  expect(await staff.one(sql`select invited_by from flows.invitations where id = ${id}`)).toEqual({
    invitedBy,
  })
  const draft = { invitedBy, permissions: ['documents:read', 'documents:write'] }
  expect(await failureOf(invite(staff, client, draft))).toMatchObject({
    code: 'INVITATION_INVITER_UNFIT',
    message: 'Nobody hands on what they do not have: documents:write',
  })
})

test('no plain or inactive member, no stranger and no admin of another client invites', async () => {
  const client = await newClient(staff)
  const all = ['documents:read', 'documents:write']
  const unfit = [
    await memberOf(client, 'member', all),
    await memberOf(client, 'admin', all, 'inactive'),
    await memberOf(await newClient(staff), 'admin', all),
    randomUUID(),
    'ada@acme.example',
  ]
  for (const invitedBy of unfit) {
    expect(await failureOf(invite(staff, client, { invitedBy }))).toMatchObject({
      code: 'INVITATION_INVITER_UNFIT',
      message: 'Only an active admin of the client may invite',
    })
  }
})

test('past the limit of its tier a client issues nothing more in this hour, and the trail knows', async () => {
  const client = await newClient(staff)
  await owner.run(sql`
    insert into flows.client_tiers (tier, max_users, storage_bytes, invitations_per_hour)
    values ('tight', 10, 1000000, 2)`)
  await owner.run(sql`update flows.clients set tier = 'tight' where id = ${client.id}`)
  await invite(staff, client)
  await invite(staff, client)
  expect(await failureOf(invite(staff, client))).toMatchObject({
    code: 'INVITATION_RATE_LIMITED',
    message: 'The client has issued as many invitations in this hour as its tier allows',
  })
  expect((await refusals(staff, 'none')).filter(({ clientId }) => clientId === client.id)).toEqual([
    { attempt: 'issue', reason: 'rate_limited', clientId: client.id },
  ])
  await owner.run(sql`
    update flows_private.invitation_rates set hour = hour - interval '1 hour' where client_id = ${client.id}`)
  expect(await invite(staff, client)).toMatchObject({ status: 'pending' })
})

test('of 10 that are issued at once under a limit of 4, 4 are', async () => {
  const client = await newClient(staff)
  await owner.run(sql`
    insert into flows.client_tiers (tier, max_users, storage_bytes, invitations_per_hour)
    values ('four', 10, 1000000, 4)`)
  await owner.run(sql`update flows.clients set tier = 'four' where id = ${client.id}`)
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => invite(staff, client)))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
})
