import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { sql } from '../../src/database/sql.ts'
import { invitationFunnel } from '../../src/invitations/invitation-funnel.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { resendInvitation } from '../../src/invitations/resend-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { expire, invite, newClient } from './client.ts'
import { authority, keys } from './forge.ts'

const { owner, staff, authenticator } = await testDatabase()

/** As the page behind a link does it, for a visitor who has signed in or for its own server. */
function open(token: string, role = 'authenticated'): Promise<unknown> {
  return actAs(authenticator, { role, claims: { sub: randomUUID() } }, (tx) =>
    tx.one(sql`select flows.mark_invitation_opened(${token})::text as answer`),
  )
}

test('the funnel counts how far the invitations of a client got, and how long they took', async () => {
  const client = await newClient(staff)
  const all = await Promise.all(Array.from({ length: 7 }, () => invite(staff, client)))
  const [first, second, third, revoked, expired, resent] = all
  if (!first || !second || !third || !revoked || !expired || !resent) throw new Error('Not issued')
  await open(first.token)
  await open(first.token, 'service_role')
  for (const { token } of [first, second, third]) await redeemInvitation(staff, token, { authority })
  for (const [index, { id }] of [first, second, third].entries()) {
    await owner.run(sql`
      update flows.invitations set created_at = now() - make_interval(hours => ${[1, 2, 30][index]}) where id = ${id}`)
  }
  await revokeInvitation(staff, revoked.id)
  await expire(owner, client.id, expired.id)
  await resendInvitation(staff, resent.id, { token: resent.token }, keys)
  const [funnel, ...others] = await invitationFunnel(staff, { clientCode: client.clientCode })
  expect(others).toEqual([])
  expect(funnel).toEqual({
    clientCode: client.clientCode,
    appCode: 'offboarding',
    issued: 8,
    sent: 0,
    opened: 1,
    redeemed: 3,
    expired: 1,
    revoked: 1,
    superseded: 1,
    erased: 0,
    pending: 2,
    medianSecondsToRedeem: expect.any(Number),
  })
  expect(Math.round((funnel?.medianSecondsToRedeem ?? 0) / 3_600)).toBe(2)
  const since = new Date(Date.now() - 90 * 60_000)
  expect(await invitationFunnel(staff, { clientCode: client.clientCode, since })).toMatchObject([
    { issued: 6 },
  ])
})

test('opening is noted for a token of ours only, and answers nothing whichever it is', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  const answers = [
    await open(`${token}A`),
    await open('x'),
    await open(token.slice(0, -2)),
    await open(token),
  ]
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set(['{"answer":null}']))
  const { openedAt } = await staff.one<{ openedAt: Date }>(sql`
    select opened_at from flows.invitations where id = ${id}`)
  await open(token)
  expect(await staff.one(sql`select opened_at, status from flows.invitations where id = ${id}`)).toEqual({
    openedAt,
    status: 'pending',
  })
  const { events } = await staff.one<{ events: number }>(sql`
    select count(*) as events from flows.audit_events where client_id = ${client.id} and row_id = ${id} and verb = 'update'`)
  expect(events).toBe(1)
})

test('an unknown client or application is told', async () => {
  const { clientCode } = await newClient(staff)
  expect(await failureOf(invitationFunnel(staff, { clientCode: 'nobody' }))).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
  })
  expect(await failureOf(invitationFunnel(staff, { clientCode, appCode: 'other' }))).toMatchObject({
    code: 'APPLICATION_NOT_FOUND',
  })
})
