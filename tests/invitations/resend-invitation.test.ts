import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { resendInvitation } from '../../src/invitations/resend-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { expire, invite, newClient } from './client.ts'
import { authority, keys } from './forge.ts'

const { owner, staff } = await testDatabase()
const ada = { fullName: 'Ada Lovelace', companyEmail: 'ada@acme.example' }

function saltOf(id: string): Promise<{ piiSalt: Buffer }> {
  return staff.one(sql`select pii_salt from flows_private.invitation_secrets where invitation_id = ${id}`)
}

test('resent with its old token, an invitation has a new token under a new salt, and the old one is superseded', async () => {
  const client = await newClient(staff)
  const old = await invite(staff, client)
  const resent = await resendInvitation(staff, old.invitationCode, { token: old.token }, keys)
  expect(resent).toMatchObject({ status: 'pending', appCode: 'offboarding', supersedes: old.invitationCode })
  expect(
    await staff.one(sql`select status, superseded_by from flows.invitations where id = ${old.id}`),
  ).toEqual({ status: 'superseded', supersededBy: resent.id })
  expect((await saltOf(old.id)).piiSalt).not.toEqual((await saltOf(resent.id)).piiSalt)
  expect(await validateInvitation(staff, resent.token, keys)).toMatchObject({ valid: true, invitee: ada })
  const superseded = { valid: false, reason: 'superseded' }
  expect(await validateInvitation(staff, old.token, keys)).toMatchObject(superseded)
  expect(await redeemInvitation(staff, old.token, { authority })).toMatchObject({ reason: 'superseded' })
  expect(await redeemInvitation(staff, resent.token, { authority })).toMatchObject({
    redeemed: true,
    permissions: ['documents:read'],
  })
})

test('an expired invitation is extended by resending it', async () => {
  const client = await newClient(staff)
  const old = await invite(staff, client, { expiresIn: 60 })
  await expire(owner, client.id, old.id)
  const resent = await resendInvitation(staff, old.id, { token: old.token, expiresIn: 3_600 }, keys)
  expect(resent.expiresAt.getTime()).toBeGreaterThan(old.expiresAt.getTime() + 3_000_000)
  expect(await validateInvitation(staff, old.token, keys)).toMatchObject({ reason: 'superseded' })
})

test('without the old token it goes to the person given anew', async () => {
  const old = await invite(staff, await newClient(staff))
  const invitee = { companyEmail: 'augusta@acme.example' }
  const { token } = await resendInvitation(staff, old.id, { invitee }, keys)
  const verdict = await validateInvitation(staff, token, keys)
  expect(verdict).toMatchObject({ valid: true, invitee })
  expect(verdict).not.toHaveProperty('invitee.fullName')
})

test('with neither it is refused, for nobody is kept in the database', async () => {
  const old = await invite(staff, await newClient(staff))
  expect(await failureOf(resendInvitation(staff, old.id, {}, keys))).toMatchObject({
    code: 'INVITATION_INVITEE_INVALID',
    message: 'An invitation for one person must say for whom',
  })
  expect(await staff.one(sql`select status from flows.invitations where id = ${old.id}`)).toEqual({
    status: 'pending',
  })
})

test('what the old token demanded is demanded on, or said anew; it is never dropped unseen', async () => {
  const restrictions = { domain: ['acme.example'], mfa: true } as const
  const client = await newClient(staff)
  const old = await invite(staff, client, { restrictions })
  expect(await failureOf(resendInvitation(staff, old.id, { invitee: ada }, keys))).toMatchObject({
    code: 'INVITATION_RESTRICTION_INVALID',
    message: 'The old token was restricted (domain, mfa), and what by stands in it alone',
  })
  const { token } = await resendInvitation(staff, old.id, { token: old.token }, keys)
  expect(await validateInvitation(staff, token, keys)).toMatchObject({
    claims: { invitation: { restrictions } },
  })
})

test('a token of another invitation, a redeemed and a revoked one resend nothing', async () => {
  const client = await newClient(staff)
  const [one, other, redeemed, revoked] = [
    await invite(staff, client),
    await invite(staff, client),
    await invite(staff, client),
    await invite(staff, client),
  ]
  await redeemInvitation(staff, redeemed.token, { authority })
  await revokeInvitation(staff, revoked.id)
  expect(await failureOf(resendInvitation(staff, one.id, { token: other.token }, keys))).toMatchObject({
    code: 'INVITATION_NOT_VALID',
    message: 'The token given is not the one of this invitation',
  })
  for (const { id, invitationCode, token, status } of [
    { ...redeemed, status: 'redeemed' },
    { ...revoked, status: 'revoked' },
  ]) {
    expect(await failureOf(resendInvitation(staff, id, { token }, keys))).toMatchObject({
      code: 'INVITATION_NOT_RESENDABLE',
      message: `Invitation ${invitationCode} is ${status} already`,
    })
  }
})

test('the uses that were left are kept, and no more', async () => {
  const old = await invite(staff, await newClient(staff), { invitee: {}, maxUses: 3 })
  await redeemInvitation(staff, old.token, { authority, userId: randomUUID() })
  expect(await resendInvitation(staff, old.id, {}, keys)).toMatchObject({ maxUses: 2, usedCount: 0 })
})

test('who has redeemed a link takes no use of the one that is sent in its place, however often it is sent; others do', async () => {
  const client = await newClient(staff)
  const [first, second] = [randomUUID(), randomUUID()]
  const redeem = (token: string, userId: string) => redeemInvitation(staff, token, { authority, userId })
  const old = await invite(staff, client, { invitee: {}, maxUses: 5 })
  expect(await redeem(old.token, first)).toMatchObject({ redeemed: true })
  const resent = await resendInvitation(staff, old.id, {}, keys)
  expect(await redeem(resent.token, first)).toMatchObject({ redeemed: false, reason: 'already_redeemed' })
  expect(await redeem(resent.token, second)).toMatchObject({ redeemed: true })
  const again = await resendInvitation(staff, resent.id, {}, keys)
  for (const userId of [first, second]) {
    expect(await redeem(again.token, userId)).toMatchObject({ redeemed: false, reason: 'already_redeemed' })
  }
  expect(await redeem(again.token, randomUUID())).toMatchObject({ redeemed: true })
  expect(
    await staff.one(sql`select status, used_count from flows.invitations where id = ${again.id}`),
  ).toEqual({
    status: 'pending',
    usedCount: 1,
  })
  // Another invitation of the same client is another.
  const other = await invite(staff, client, { invitee: {}, maxUses: 2 })
  expect(await redeem(other.token, first)).toMatchObject({ redeemed: true })
})

test('redeemed and resent at the same moment, 30 times, exactly one of the two succeeds', async () => {
  const client = await newClient(staff)
  for (let round = 0; round < 30; round += 1) {
    const { id, token } = await invite(staff, client)
    const redeeming = () => redeemInvitation(staff, token, { authority }).then(({ redeemed }) => redeemed)
    const resending = () =>
      resendInvitation(staff, id, { token }, keys).then(
        () => true,
        (error: { code: string }) => {
          expect(error.code).toBe('INVITATION_NOT_RESENDABLE')
          return false
        },
      )
    const [redeemed, resent] = await Promise.all([redeeming(), resending()])
    expect({ round, both: redeemed && resent, either: redeemed || resent }).toEqual({
      round,
      both: false,
      either: true,
    })
  }
})

test('under another master key the old token opens for nobody', async () => {
  const old = await invite(staff, await newClient(staff))
  const others = { authority, masterKey: randomBytes(32) }
  expect(await failureOf(resendInvitation(staff, old.id, { token: old.token }, others))).toMatchObject({
    code: 'KEY_UNWRAP_FAILED',
  })
})
