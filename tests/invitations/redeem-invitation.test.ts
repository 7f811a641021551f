import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { type Redemption, redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { redemptionRefused } from '../../src/invitations/redemption-refused.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { testDatabase } from '../support/database.ts'
import { expire, invite, newClient, refusals } from './client.ts'
import { authority, goodClaims } from './forge.ts'

const { owner, staff, url } = await testDatabase()
const crowd = await connect(url, { role: 'flows_staff', size: 20 })
afterAll(() => crowd.close())

function redeem(token: string, userId?: string): Promise<Redemption> {
  return redeemInvitation(crowd, token, { authority, ...(userId === undefined ? {} : { userId }) })
}

/** What is in the tables about an invitation. */
function recordOf(clientId: string, id: string): Promise<Record<string, unknown>> {
  return staff.one(sql`
    select i.status, i.used_count,
      (select count(*) from flows.invitation_redemptions r where r.client_id = i.client_id and r.invitation_id = i.id) as uses,
      (select count(*) from flows.client_members m where m.client_id = i.client_id) as members
    from flows.invitations i where i.client_id = ${clientId} and i.id = ${id}`)
}

test('redeeming counts the use and makes the user a member with the permissions of the token', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  const userId = randomUUID()
  expect(await redeem(token, userId)).toEqual({
    redeemed: true,
    invitationId: id,
    clientCode: client.clientCode,
    appCode: 'offboarding',
    permissions: ['documents:read'],
  })
  expect(await recordOf(client.id, id)).toEqual({ status: 'redeemed', usedCount: 1, uses: 1, members: 1 })
  const member = await staff.one(sql`
    select role, permissions, status from flows.client_members where client_id = ${client.id} and user_id = ${userId}`)
  expect(member).toEqual({ role: 'member', permissions: ['documents:read'], status: 'active' })
})

test('a replayed token is refused, and the refusal is recorded', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  expect(await redeem(token)).toMatchObject({ redeemed: true })
  expect(await redeem(token)).toMatchObject({ redeemed: false, reason: 'redeemed' })
  expect(await refusals(staff, id)).toEqual([{ attempt: 'redeem', reason: 'redeemed', clientId: client.id }])
})

// FLOWS_SOAK=1 asks for the hundred rounds; three of them show the same in a run that people wait for.
const rounds = process.env.FLOWS_SOAK === '1' ? 100 : 3

test(`of 1,000 at once, exactly one redeems a single-use token, ${rounds} times`, async () => {
  const client = await newClient(staff)
  for (let round = 0; round < rounds; round += 1) {
    const { token, id } = await invite(staff, client)
    const results = await Promise.all(Array.from({ length: 1_000 }, () => redeem(token)))
    const redeemed = results.filter((result) => result.redeemed).length
    expect({ round, redeemed }).toEqual({ round, redeemed: 1 })
    expect(await recordOf(client.id, id)).toEqual({ status: 'redeemed', usedCount: 1, uses: 1, members: 0 })
  }
}, 1_800_000)

test('of 1,000 people at once, exactly 25 redeem a token with 25 uses, and each is a member', async () => {
  const client = await newClient(staff, { tier: 'pro' })
  const { token, id } = await invite(staff, client, { maxUses: 25 })
  const results = await Promise.all(Array.from({ length: 1_000 }, () => redeem(token, randomUUID())))
  expect(results.filter(({ redeemed }) => redeemed)).toHaveLength(25)
  expect(await recordOf(client.id, id)).toEqual({ status: 'redeemed', usedCount: 25, uses: 25, members: 25 })
})

test('of 100 attempts at once by one person, exactly one counts, however many uses are left', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client, { maxUses: 100 })
  const userId = randomUUID()
  const results = await Promise.all(Array.from({ length: 100 }, () => redeem(token, userId)))
  expect(results.filter(({ redeemed }) => redeemed)).toHaveLength(1)
  expect(results.filter((result) => !result.redeemed && result.reason === 'already_redeemed')).toHaveLength(
    99,
  )
  expect(await recordOf(client.id, id)).toEqual({ status: 'pending', usedCount: 1, uses: 1, members: 1 })
})

test('redeemed and revoked at the same moment, 200 times, exactly one of the two succeeds', async () => {
  const client = await newClient(staff)
  const outcomes = { redeemed: 0, revoked: 0 }
  for (let round = 0; round < 200; round += 1) {
    const { token, id } = await invite(staff, client)
    const redeeming = () => redeem(token).then(({ redeemed }) => redeemed)
    const revoking = () =>
      revokeInvitation(crowd, id).then(
        () => true,
        (error: { code: string }) => {
          expect(error.code).toBe('INVITATION_NOT_REVOCABLE')
          return false
        },
      )
    const [redeemed, revoked] =
      round % 2 === 0
        ? await Promise.all([redeeming(), revoking()])
        : await Promise.all([revoking(), redeeming()]).then(([one, other]) => [other, one] as const)
    expect({ round, redeemed, revoked }).toEqual({ round, redeemed, revoked: !redeemed })
    outcomes[redeemed ? 'redeemed' : 'revoked'] += 1
    expect(await recordOf(client.id, id)).toMatchObject({ status: redeemed ? 'redeemed' : 'revoked' })
  }
  expect(outcomes.redeemed + outcomes.revoked).toBe(200)
})

test('a revoked or expired invitation, one of a deactivated client and one never issued are refused', async () => {
  const client = await newClient(staff)
  const cases = {
    revoked: await invite(staff, client),
    expired: await invite(staff, client),
    client_inactive: await invite(staff, client),
    unknown: { id: '', token: mintToken(authority, goodClaims()) },
  }
  await revokeInvitation(staff, cases.revoked.id)
  await expire(owner, client.id, cases.expired.id)
  expect(await redeem(cases.revoked.token)).toMatchObject({ redeemed: false, reason: 'revoked' })
  expect(await redeem(cases.expired.token)).toMatchObject({ redeemed: false, reason: 'expired' })
  expect(await redeem(cases.unknown.token)).toMatchObject({ redeemed: false, reason: 'unknown' })
  await deactivateClient(staff, client.clientCode)
  expect(await redeem(cases.client_inactive.token)).toMatchObject({
    redeemed: false,
    reason: 'client_inactive',
  })
})

test('a client that is full takes nobody in, and the use is not lost', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  await owner.run(sql`
    insert into flows.client_members (client_id, user_id)
    select ${client.id}, gen_random_uuid() from generate_series(1, 100)`)
  const refused = await redeem(token, randomUUID())
  expect(refused).toMatchObject({ redeemed: false, reason: 'member_limit' })
  expect(await recordOf(client.id, id)).toEqual({ status: 'pending', usedCount: 0, uses: 0, members: 100 })
  if (refused.redeemed) throw new Error('It was redeemed')
  expect(redemptionRefused(refused)).toMatchObject({
    code: 'MEMBER_LIMIT_REACHED',
    message: 'The client has as many members as its tier allows',
  })
})

test('a second invitation widens what a member may do, and takes nothing away', async () => {
  const client = await newClient(staff)
  const userId = randomUUID()
  await redeem((await invite(staff, client)).token, userId)
  await redeem((await invite(staff, client, { permissions: ['documents:write'] })).token, userId)
  const member = await staff.one(sql`
    select permissions from flows.client_members where client_id = ${client.id} and user_id = ${userId}`)
  expect(member).toEqual({ permissions: ['documents:read', 'documents:write'] })
})

test('somebody who was put out does not come back by an invitation from before', async () => {
  const client = await newClient(staff)
  const userId = randomUUID()
  await redeem((await invite(staff, client)).token, userId)
  const older = await invite(staff, client)
  await owner.run(sql`update flows.client_members set status = 'inactive' where client_id = ${client.id}`)
  expect(await redeem(older.token, userId)).toMatchObject({ redeemed: false, reason: 'member_inactive' })
  expect(await redeem((await invite(staff, client)).token, userId)).toMatchObject({ redeemed: true })
})

test('a user is given by its id and nothing else', async () => {
  const { token } = await invite(staff, await newClient(staff))
  await expect(redeem(token, 'ada@acme.example')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'The user must be given by the id of the account, a uuid in lower case',
  })
})

test('a token that does not verify never reaches the database, and is an error of its own', async () => {
  const result = await redeem('not a token')
  expect(result).toEqual({ redeemed: false, reason: 'malformed', claims: null })
  if (result.redeemed) throw new Error('It was redeemed')
  expect(redemptionRefused(result)).toMatchObject({
    code: 'INVITATION_NOT_VALID',
    message: 'This is not an invitation token',
  })
})

test('a refused redemption says why to staff', async () => {
  const client = await newClient(staff)
  const { token } = await invite(staff, client)
  await redeem(token)
  const result = await redeem(token)
  if (result.redeemed) throw new Error('It was redeemed')
  expect(redemptionRefused(result)).toMatchObject({
    code: 'INVITATION_NOT_REDEEMABLE',
    message: 'The invitation has been used as often as it may be',
    hint: `See the client's invitations with: invitation:list --client ${client.clientCode}`,
  })
})
