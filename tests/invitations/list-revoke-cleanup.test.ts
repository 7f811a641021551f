import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { cleanupInvitations } from '../../src/invitations/cleanup-invitations.ts'
import { listInvitations } from '../../src/invitations/list-invitations.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { testDatabase } from '../support/database.ts'
import { expire, invite, newClient } from './client.ts'
import { authority } from './forge.ts'

const { owner, staff } = await testDatabase()

test('invitations are listed newest first, as many as asked for, without their tokens', async () => {
  const client = await newClient(staff)
  const issued = [await invite(staff, client), await invite(staff, client), await invite(staff, client)]
  const { clientCode } = client
  const listed = await listInvitations(staff, { clientCode })
  expect(listed).toEqual(issued.toReversed().map(({ token: _token, url: _url, ...invitation }) => invitation))
  expect(await listInvitations(staff, { clientCode, limit: 2 })).toEqual(listed.slice(0, 2))
})

test('the list of one client shows nothing of another; without a client it shows all', async () => {
  const [acme, globex] = [await newClient(staff), await newClient(staff)]
  const [ofAcme, ofGlobex] = [await invite(staff, acme), await invite(staff, globex)]
  const ids = async (clientCode?: string) =>
    (await listInvitations(staff, { clientCode, limit: 10_000 })).map(({ id }) => id)
  expect(await ids(acme.clientCode)).toEqual([ofAcme.id])
  expect(await ids()).toEqual(expect.arrayContaining([ofAcme.id, ofGlobex.id]))
})

test('a list can be narrowed to an application, a state and a time', async () => {
  const client = await newClient(staff)
  const { clientCode } = client
  await owner.run(sql`
    insert into flows.client_applications (client_id, app_code, app_name) values (${client.id}, 'onboarding', 'Onboarding')`)
  const soon = await invite(staff, client, { expiresIn: 3_600 })
  const late = await invite(staff, client, { expiresIn: 86_400 * 30 })
  const over = await invite(staff, client)
  const used = await invite(staff, client, { expiresIn: 3_600 })
  const other = await invite(staff, client, { appCode: 'onboarding', permissions: [] })
  await expire(owner, client.id, over.id)
  await redeemInvitation(staff, used.token, { authority })
  const ids = async (filter: object) =>
    (await listInvitations(staff, { clientCode, ...filter })).map(({ id }) => id).toSorted()
  const sorted = (...invitations: { id: string }[]) => invitations.map(({ id }) => id).toSorted()
  expect(await ids({ appCode: 'onboarding' })).toEqual(sorted(other))
  expect(await ids({ status: 'pending' })).toEqual(sorted(soon, late, other))
  expect(await ids({ status: 'expired' })).toEqual(sorted(over))
  expect(await ids({ status: 'redeemed' })).toEqual(sorted(used))
  expect(await ids({ expiringWithin: 86_400 })).toEqual(sorted(soon))
  expect(await ids({ expiringWithin: 86_400 * 8 })).toEqual(sorted(soon, other))
})

test('a client or application that is not there is an error and no empty list', async () => {
  await expect(listInvitations(staff, { clientCode: 'nobody' })).rejects.toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
  const { clientCode } = await newClient(staff)
  await expect(listInvitations(staff, { clientCode, appCode: 'onboarding' })).rejects.toMatchObject({
    code: 'APPLICATION_NOT_FOUND',
    message: 'The client has no application "onboarding"',
  })
})

test('an invitation is revoked by its id or its code, in any letters', async () => {
  const client = await newClient(staff)
  for (const name of ['id', 'invitationCode'] as const) {
    const issued = await invite(staff, client)
    const revoked = await revokeInvitation(staff, issued[name].toLowerCase(), {
      clientCode: client.clientCode,
    })
    expect(revoked).toMatchObject({ id: issued.id, status: 'revoked', usedCount: 0 })
  }
})

test('an invitation with uses left is revoked for those that are left', async () => {
  const { token, id } = await invite(staff, await newClient(staff), { maxUses: 2 })
  await redeemInvitation(staff, token, { authority })
  expect(await revokeInvitation(staff, id)).toMatchObject({ status: 'revoked', usedCount: 1 })
  expect(await redeemInvitation(staff, token, { authority })).toMatchObject({
    redeemed: false,
    reason: 'revoked',
  })
})

test("another client's invitation is not found, and stays as it is", async () => {
  const [acme, globex] = [await newClient(staff), await newClient(staff)]
  const { id, invitationCode } = await invite(staff, globex)
  for (const name of [id, invitationCode]) {
    await expect(revokeInvitation(staff, name, { clientCode: acme.clientCode })).rejects.toMatchObject({
      code: 'INVITATION_NOT_FOUND',
      message: 'There is no invitation with this id or code',
    })
  }
  expect(await listInvitations(staff, { clientCode: globex.clientCode })).toMatchObject([
    { id, status: 'pending' },
  ])
})

test('a code that two clients have must come with its client', async () => {
  const [acme, globex] = [await newClient(staff), await newClient(staff)]
  const { invitationCode } = await invite(staff, acme)
  const { id } = await invite(staff, globex)
  await owner.run(sql`update flows.invitations set invitation_code = ${invitationCode} where id = ${id}`)
  await expect(revokeInvitation(staff, invitationCode)).rejects.toMatchObject({
    code: 'USAGE',
    message: 'Several clients have an invitation with this code',
  })
  expect(await revokeInvitation(staff, invitationCode, { clientCode: acme.clientCode })).toMatchObject({
    clientCode: acme.clientCode,
    status: 'revoked',
  })
})

test('what is not pending is not revoked, and the state is said', async () => {
  const client = await newClient(staff)
  const [redeemed, revoked, expired] = [
    await invite(staff, client),
    await invite(staff, client),
    await invite(staff, client),
  ]
  await redeemInvitation(staff, redeemed.token, { authority })
  await revokeInvitation(staff, revoked.id)
  await expire(owner, client.id, expired.id)
  for (const [{ id, invitationCode }, state] of [
    [redeemed, 'redeemed'],
    [revoked, 'revoked'],
    [expired, 'expired'],
  ] as const) {
    await expect(revokeInvitation(staff, id)).rejects.toMatchObject({
      code: 'INVITATION_NOT_REVOCABLE',
      message: `Invitation ${invitationCode} is ${state} already`,
    })
  }
  await expect(revokeInvitation(staff, randomUUID())).rejects.toMatchObject({ code: 'INVITATION_NOT_FOUND' })
})

test('a clean-up marks what is over, of one client or of all, and nothing else', async () => {
  const [acme, globex] = [await newClient(staff), await newClient(staff)]
  const statusOf = async (id: string) => staff.one(sql`select status from flows.invitations where id = ${id}`)
  const [over, pending] = [await invite(staff, acme), await invite(staff, acme)]
  const alsoOver = await invite(staff, globex)
  await expire(owner, acme.id, over.id)
  await expire(owner, globex.id, alsoOver.id)
  const ofAcme = { clientCode: acme.clientCode, expired: 1 }
  expect(await cleanupInvitations(staff, acme.clientCode)).toMatchObject({ expired: 1, clients: [ofAcme] })
  expect(await statusOf(over.id)).toEqual({ status: 'expired' })
  expect(await statusOf(pending.id)).toEqual({ status: 'pending' })
  expect(await statusOf(alsoOver.id)).toEqual({ status: 'pending' })
  const { clients } = await cleanupInvitations(staff)
  expect(clients).toContainEqual({ clientCode: globex.clientCode, expired: 1 })
  expect(await statusOf(alsoOver.id)).toEqual({ status: 'expired' })
  expect(await cleanupInvitations(staff)).toMatchObject({ expired: 0, clients: [] })
})
