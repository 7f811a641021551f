import { expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { claimsOf } from './contexts.ts'
import { digestOf } from './digest.ts'
import { insertRow, type Seeded, seedClient } from './seed.ts'

const { owner, staff, authenticator } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const globex = await seedClient(owner, 'canary-globex')
const refused = {
  redeemed: false,
  reason: 'not_valid',
  invitationId: null,
  clientCode: null,
  appCode: null,
  permissions: null,
}

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const tokenOf = (payload: unknown, signature = 'c2lnbmF0dXJl') =>
  `${part({ alg: 'HS256' })}.${part(payload)}.${signature}`

type Redemption = { redeemed: boolean; reason: string | null }

/** Redeems through the API, as a user who has just signed up. */
function redeem(token: string, userId: string = crypto.randomUUID()): Promise<Redemption> {
  return actAs(authenticator, { role: 'authenticated', claims: { sub: userId } }, (tx) =>
    tx.one(sql`select * from flows.redeem_invitation(${token})`),
  )
}

/** An invitation whose token is known, in the state that the columns say. */
async function invitation(client: Seeded, columns: object = {}, restrictions?: object): Promise<string> {
  const id = crypto.randomUUID()
  const seeded = client.rows.get('flows.invitations') ?? {}
  await insertRow(
    owner,
    { schema: 'flows', table: 'invitations' },
    {
      ...seeded,
      id,
      invitation_code: id,
      status: 'pending',
      used_count: 0,
      max_uses: 1,
      permissions: ['read'],
      ...columns,
    },
  )
  const token = tokenOf({ sub: id, invitation: { clientCode: client.mark, restrictions } })
  await owner.run(sql`
    insert into flows_private.invitation_secrets (client_id, invitation_id, token_hash)
    values (${client.clientId}, ${id}, sha256(convert_to(${token}, 'UTF8')))`)
  return token
}

test('a real token lets its bearer in once', async () => {
  const token = await invitation(globex)
  const userId = crypto.randomUUID()
  expect(await redeem(token, userId)).toMatchObject({
    redeemed: true,
    reason: null,
    clientCode: globex.mark,
    permissions: ['read'],
  })
  expect(await redeem(token, userId)).toEqual(refused)
  expect(await redeem(token)).toEqual(refused)
  const { members } = await staff.one<{ members: number }>(sql`
    select count(*) as members from flows.client_members where user_id = ${userId} and client_id = ${globex.clientId}`)
  expect(members).toBe(1)
})

test('unknown, forged, revoked, expired, used up, restricted and malformed tokens get one and the same answer', async () => {
  const real = globex.rows.get('flows.invitations') ?? {}
  const tokens = {
    unknown: tokenOf({ sub: crypto.randomUUID(), invitation: { clientCode: globex.mark } }),
    'of no client': tokenOf({ sub: crypto.randomUUID(), invitation: { clientCode: 'nobody' } }),
    forged: tokenOf({ sub: real.id, invitation: { clientCode: globex.mark } }),
    revoked: await invitation(globex, { status: 'revoked', revoked_at: 'yesterday' }),
    expired: await invitation(globex, { expires_at: 'yesterday' }),
    'used up': await invitation(globex, { status: 'redeemed', used_count: 1 }),
    superseded: await invitation(globex, { status: 'superseded' }),
    restricted: await invitation(globex, {}, { ipRanges: ['10.0.0.0/8'] }),
    'another spelling': `${await invitation(globex)}=`,
    'another signature': (await invitation(globex)).replace(/[^.]*$/, 'b3RoZXI'),
    empty: '',
    'no token': 'not a token',
    'two parts': 'a.b',
    'no JSON': `a.${part('{')}.c`,
    'no UTF-8': `a.${Buffer.from([0xff, 0xfe]).toString('base64url')}.c`,
    'a nul': `a.${part('{"sub":"\\u0000"}')}.c`,
    'a list': tokenOf([]),
    'a text': tokenOf('"x"'),
    'a number out of range': `a.${part('{"sub":1e999999}')}.c`,
    'deeply nested': `a.${part('['.repeat(2_900))}.c`,
    'too long': tokenOf({ sub: 'x'.repeat(5_000) }),
  }
  for (const [kind, token] of Object.entries(tokens)) {
    expect({ kind, answer: await redeem(token) }).toEqual({ kind, answer: refused })
  }
})

test('a made-up token leaves the client that it names untouched, its audit trail included', async () => {
  const before = await digestOf(owner, globex.clientId)
  const real = globex.rows.get('flows.invitations') ?? {}
  for (const sub of [crypto.randomUUID(), real.id]) {
    const token = tokenOf({ sub, invitation: { clientCode: globex.mark } })
    expect(await redeem(token, acme.userId)).toEqual(refused)
  }
  expect(await digestOf(owner, globex.clientId)).toEqual(before)
  const { attempts } = await owner.one<{ attempts: number }>(sql`
    select count(*) as attempts from flows.audit_events
    where client_id = '00000000-0000-0000-0000-000000000000' and verb = 'refuse' and actor = ${acme.userId}
      and details = '{"attempt": "redeem", "reason": "unknown"}'`)
  expect(attempts).toBe(2)
})

test('the refusal of a real token is in the trail of its client, with the reason that its bearer is not told', async () => {
  const token = await invitation(globex, { status: 'revoked', revoked_at: 'yesterday' })
  const userId = crypto.randomUUID()
  expect(await redeem(token, userId)).toEqual(refused)
  const events = await owner.many(sql`
    select client_id, verb, details from flows.audit_events where actor = ${userId}`)
  expect(events).toEqual([
    { clientId: globex.clientId, verb: 'refuse', details: { attempt: 'redeem', reason: 'revoked' } },
  ])
})

test('a member who was put out comes back by a new invitation, not by one that was still lying about', async () => {
  const userId = crypto.randomUUID()
  expect(await redeem(await invitation(globex), userId)).toMatchObject({ redeemed: true })
  const old = await invitation(globex, { max_uses: 5, created_at: 'yesterday' })
  await staff.run(sql`update flows.client_members set status = 'inactive' where user_id = ${userId}`)

  expect(await redeem(old, userId)).toEqual(refused)
  const member = sql`select status from flows.client_members where user_id = ${userId}`
  expect(await staff.one(member)).toEqual({ status: 'inactive' })
  expect(await redeem(old)).toMatchObject({ redeemed: true })

  expect(await redeem(await invitation(globex, { created_at: 'tomorrow' }), userId)).toMatchObject({
    redeemed: true,
  })
  expect(await staff.one(member)).toEqual({ status: 'active' })
})

test('no invitation of a deactivated client is redeemed', async () => {
  const token = await invitation(acme)
  await staff.run(sql`
    update flows.clients set status = 'inactive', deactivated_at = now() where id = ${acme.clientId}`)
  expect(await redeem(token)).toEqual(refused)
  await staff.run(sql`
    update flows.clients set status = 'active', deactivated_at = null where id = ${acme.clientId}`)
  expect(await redeem(token)).toMatchObject({ redeemed: true })
})

test('whoever is not signed in redeems nothing, nor does a member of one client for another person', async () => {
  const token = await invitation(globex)
  const as = (role: string, claims: object | string) =>
    actAs(authenticator, { role, claims }, (tx) =>
      tx.one(sql`select * from flows.redeem_invitation(${token})`),
    )
  await expect(as('anon', {})).rejects.toMatchObject({
    code: 'DATABASE_PERMISSION_DENIED',
    cause: { message: 'permission denied for function redeem_invitation' },
  })
  await expect(as('authenticated', {})).rejects.toMatchObject({
    code: 'DATABASE_PERMISSION_DENIED',
    cause: { message: 'Sign in first' },
  })
  await expect(as('authenticated', '')).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
  expect(await as('authenticated', claimsOf(acme))).toMatchObject({ redeemed: true })
  const members = await staff.many(sql`
    select client_id from flows.client_members where user_id = ${acme.userId} order by created_at`)
  expect(members).toEqual([{ clientId: acme.clientId }, { clientId: globex.clientId }])
})
