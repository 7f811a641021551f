import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { type Actor, actAs } from '../../src/database/act-as.ts'
import { sqlState } from '../../src/database/failures.ts'
import { sql } from '../../src/database/sql.ts'
import type { Restrictions } from '../../src/invitations/restrictions.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { testDatabase } from '../support/database.ts'
import { expire, invite, newClient, refusals } from './client.ts'
import { authority, goodClaims } from './forge.ts'

const { owner, staff, authenticator } = await testDatabase()
const notValid = {
  redeemed: false,
  reason: 'not_valid',
  invitationId: null,
  clientCode: null,
  appCode: null,
  permissions: null,
}

function signedIn(sub: string, more: Partial<Actor> = {}): Actor {
  return { role: 'authenticated', claims: { sub, email: 'ada@acme.example' }, ...more }
}

function redeemAs(actor: Actor, token: string): Promise<unknown> {
  return actAs(authenticator, actor, (tx) => tx.one(sql`select * from flows.redeem_invitation(${token})`))
}

test('somebody who has just signed up joins the client, once', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  const user = randomUUID()
  expect(await redeemAs(signedIn(user), token)).toEqual({
    redeemed: true,
    reason: null,
    invitationId: id,
    clientCode: client.clientCode,
    appCode: 'offboarding',
    permissions: ['documents:read'],
  })
  expect(await redeemAs(signedIn(user), token)).toEqual(notValid)
  const members = await staff.many(sql`
    select user_id, role, permissions from flows.client_members where client_id = ${client.id}`)
  expect(members).toEqual([{ userId: user, role: 'member', permissions: ['documents:read'] }])
})

test('the next access token has the client and the permissions, and shows the client its rows', async () => {
  const client = await newClient(staff)
  const { token } = await invite(staff, client)
  const user = randomUUID()
  await redeemAs(signedIn(user), token)
  const { event } = await actAs(owner, { role: 'supabase_auth_admin' }, (tx) =>
    tx.one<{ event: { claims: object } }>(sql`
      select flows.access_token_hook(${{ user_id: user, claims: { sub: user } }}::jsonb) as event`),
  )
  expect(event.claims).toMatchObject({
    app_metadata: {
      client_id: client.id,
      client_code: client.clientCode,
      client_role: 'member',
      client_permissions: ['documents:read'],
    },
  })
  const seen = await actAs(authenticator, { role: 'authenticated', claims: event.claims }, (tx) =>
    tx.many(sql`select client_code from flows.current_client`),
  )
  expect(seen).toEqual([{ clientCode: client.clientCode }])
})

test('a GET redeems nothing: mail scanners and previews spend no invitation', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  const error = await redeemAs(signedIn(randomUUID(), { readOnly: true }), token).catch(
    (thrown: unknown) => thrown,
  )
  expect(sqlState(error)).toBe('25006')
  const row = await staff.one(sql`select status, used_count from flows.invitations where id = ${id}`)
  expect(row).toEqual({ status: 'pending', usedCount: 0 })
})

test('who is not signed in is refused', async () => {
  const { token } = await invite(staff, await newClient(staff))
  for (const actor of [{ role: 'anon' }, { role: 'anon', claims: { sub: randomUUID() } }]) {
    await expect(redeemAs(actor, token)).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
  }
  await expect(redeemAs({ role: 'authenticated' }, token)).rejects.toMatchObject({
    code: 'DATABASE_PERMISSION_DENIED',
  })
})

test('every refusal reads not_valid and no more; the trail knows the reason', async () => {
  const client = await newClient(staff)
  const [revoked, expired, inactive] = [
    await invite(staff, client),
    await invite(staff, client),
    await invite(staff, client),
  ]
  await revokeInvitation(staff, revoked.id)
  await expire(owner, client.id, expired.id)
  const actor = signedIn(randomUUID())
  expect(await redeemAs(actor, revoked.token)).toEqual(notValid)
  expect(await redeemAs(actor, expired.token)).toEqual(notValid)
  await deactivateClient(staff, client.clientCode)
  expect(await redeemAs(actor, inactive.token)).toEqual(notValid)
  expect(await redeemAs(actor, mintToken(authority, goodClaims()))).toEqual(notValid)
  for (const [{ id }, reason] of [
    [revoked, 'revoked'],
    [expired, 'expired'],
    [inactive, 'client_inactive'],
  ] as const) {
    expect(await refusals(staff, id)).toEqual([{ attempt: 'redeem', reason, clientId: client.id }])
  }
})

test('another spelling of a good token, or what is no token at all, is not valid', async () => {
  const { token, id } = await invite(staff, await newClient(staff))
  const actor = signedIn(randomUUID())
  const others = [
    '',
    'x',
    'a.b.c',
    `${token}=`,
    `${token} `,
    token.slice(0, -1),
    `${token}A`,
    'é'.repeat(10),
    'A'.repeat(5_000),
  ]
  for (const other of others) expect(await redeemAs(actor, other)).toEqual(notValid)
  const [header, payload] = token.split('.')
  expect(await redeemAs(actor, `${header}.${payload}.AAAA`)).toEqual(notValid)
  expect(await staff.one(sql`select used_count from flows.invitations where id = ${id}`)).toEqual({
    usedCount: 0,
  })
  expect(await redeemAs(actor, token)).toMatchObject({ redeemed: true })
})

test("a member of one client joins another by that client's token, and no token opens a third", async () => {
  const [acme, globex] = [await newClient(staff), await newClient(staff)]
  const user = randomUUID()
  const ofAcme: Actor = signedIn(user, { claims: { sub: user, app_metadata: { client_id: acme.id } } })
  const { token } = await invite(staff, globex)
  expect(await redeemAs(ofAcme, token)).toMatchObject({ redeemed: true, clientCode: globex.clientCode })
  const joined = await staff.many(sql`select client_id from flows.client_members where user_id = ${user}`)
  expect(joined).toEqual([{ clientId: globex.id }])
})

test('a restricted token is not redeemed by somebody of whom nothing is known that meets it', async () => {
  const client = await newClient(staff)
  const all: Restrictions[] = [{ mfa: true }, { domain: ['acme.example'] }, { ip: ['0.0.0.0/0'] }]
  for (const restrictions of all) {
    const { token, id } = await invite(staff, client, { restrictions })
    expect(await redeemAs(signedIn(randomUUID()), token)).toEqual(notValid)
    expect(await staff.one(sql`select used_count from flows.invitations where id = ${id}`)).toEqual({
      usedCount: 0,
    })
  }
})
