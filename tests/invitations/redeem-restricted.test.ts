import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { actAs } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { redemptionRefused } from '../../src/invitations/redemption-refused.ts'
import type { Restrictions } from '../../src/invitations/restrictions.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import type { Redeemer } from '../../src/invitations/unmet-restriction.ts'
import { testDatabase } from '../support/database.ts'
import { invite, newClient, refusals } from './client.ts'
import { authority, goodClaims, goodInvitation, keys } from './forge.ts'

const { owner, staff, authenticator, url } = await testDatabase()
const kate = { fullName: 'Kate', companyEmail: 'kate@acme.example' }

/** What the library says to an invitation with these restrictions, redeemed by this person. */
async function redeemed(restrictions: Restrictions, redeemer: Redeemer) {
  const { token } = await invite(staff, await newClient(staff), { invitee: kate, restrictions })
  const result = await redeemInvitation(staff, token, { ...keys, redeemer, userId: randomUUID() })
  return result.redeemed ? 'redeemed' : result.reason
}

test.each<[Restrictions, Redeemer, string]>([
  [{ address: true }, { address: ' KATE@acme.example' }, 'redeemed'],
  [{ address: true }, { address: '\u212aate@acme.example' }, 'restriction_address'],
  [{ address: true }, { address: 'kate\u200b@acme.example' }, 'restriction_address'],
  [{ address: true }, {}, 'restriction_address'],
  [{ domain: ['acme.example'] }, { address: 'other@acme.example' }, 'redeemed'],
  [{ domain: ['acme.example'] }, {}, 'restriction_domain'],
  [{ ip: ['192.0.2.0/24'] }, { ip: '::ffff:192.0.2.9' }, 'redeemed'],
  [{ ip: ['192.0.2.0/24'] }, { ip: '198.51.100.1' }, 'restriction_ip'],
  [{ mfa: true }, { mfa: true }, 'redeemed'],
  [{ mfa: true }, { address: 'kate@acme.example', ip: '192.0.2.1' }, 'restriction_mfa'],
])('%j redeemed by %j: %s', async (restrictions, redeemer, outcome) => {
  expect(await redeemed(restrictions, redeemer)).toBe(outcome)
})

test('a bound token without the master key, which alone could open its address, is refused', async () => {
  const { token } = await invite(staff, await newClient(staff), { restrictions: { address: true } })
  const redeemer = { address: 'ada@acme.example' }
  const result = await redeemInvitation(staff, token, { authority, redeemer })
  if (result.redeemed) throw new Error('It was redeemed')
  expect(redemptionRefused(result)).toMatchObject({
    code: 'INVITATION_NOT_REDEEMABLE',
    message: 'The invitation is bound to another address than the one given',
  })
})

test('a restriction not met is in the trail of the client, and costs no use', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client, { restrictions: { mfa: true } })
  await redeemInvitation(staff, token, { authority })
  expect(await refusals(staff, id)).toEqual([
    { attempt: 'redeem', reason: 'restriction_mfa', clientId: client.id },
  ])
  expect(await staff.one(sql`select used_count from flows.invitations where id = ${id}`)).toEqual({
    usedCount: 0,
  })
})

test('a restriction that nobody knows refuses its token, well signed as it is', async () => {
  const token = mintToken(authority, goodInvitation({ restrictions: { device: 'laptop' } }))
  expect(await redeemInvitation(staff, token, { authority })).toMatchObject({ reason: 'restriction_unknown' })
})

type Caller = { email?: string; confirmed?: boolean; aal?: string; forwarded?: string; hop?: string }

/** What a signed-in user gets from the API for a token with these restrictions, and the reason in the trail. */
async function redeemedByApi(restrictions: object, { email, confirmed = true, aal, forwarded, hop }: Caller) {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client, { invitee: kate, restrictions })
  const sub = randomUUID()
  await owner.run(sql`delete from auth.users`)
  await owner.run(sql`
    insert into auth.users (id, email, email_confirmed_at)
    values (${sub}, ${email ?? null}, ${confirmed ? 'now' : null}::timestamptz)`)
  const claims = { sub, email: 'kate@acme.example', user_metadata: { email_verified: true }, aal }
  const { redeemed } = await actAs(authenticator, { role: 'authenticated', claims }, async (tx) => {
    const headers = JSON.stringify(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded })
    await tx.run(sql`
      select set_config('request.headers', ${headers}, true), set_config('flows.forwarded_hop', ${hop ?? ''}, true)`)
    return tx.one<{ redeemed: boolean }>(sql`select redeemed from flows.redeem_invitation(${token})`)
  })
  return redeemed ? 'redeemed' : (await refusals(staff, id))[0]?.reason
}

test.each<[Restrictions, Caller, string]>([
  [{ domain: ['acme.example'] }, { email: 'Kate@ACME.example' }, 'redeemed'],
  [{ domain: ['acme.example'] }, { email: 'kate@acme.example', confirmed: false }, 'restriction_domain'],
  [{ domain: ['acme.example'] }, { email: 'kate@mail.acme.example' }, 'restriction_domain'],
  [{ domain: ['acme.example'] }, { email: '"x@acme.example"@evil.example' }, 'restriction_domain'],
  [{ domain: ['acme.example'] }, {}, 'restriction_domain'],
  [{ mfa: true }, { aal: 'aal2' }, 'redeemed'],
  [{ mfa: true }, { aal: 'aal1' }, 'restriction_mfa'],
  [{ mfa: true }, {}, 'restriction_mfa'],
  [{ ip: ['192.0.2.0/24'] }, { forwarded: '203.0.113.9, 192.0.2.9', hop: '1' }, 'redeemed'],
  [{ ip: ['192.0.2.0/24'] }, { forwarded: '203.0.113.9, ::ffff:192.0.2.9', hop: '1' }, 'redeemed'],
  [{ ip: ['192.0.2.0/24'] }, { forwarded: '192.0.2.9, 203.0.113.9', hop: '1' }, 'restriction_ip'],
  [{ ip: ['192.0.2.0/24'] }, { forwarded: '192.0.2.9, 203.0.113.9', hop: '2' }, 'redeemed'],
  [{ ip: ['192.0.2.0/24'] }, { forwarded: '192.0.2.9', hop: '2' }, 'restriction_ip'],
  [{ ip: ['192.0.2.0/24'] }, { forwarded: '192.0.2.9' }, 'restriction_ip'],
  [{ ip: ['192.0.2.0/24'] }, { forwarded: 'unknown', hop: '1' }, 'restriction_ip'],
  [{ ip: ['0.0.0.0/0'] }, {}, 'restriction_ip'],
  [{ ip: ['::ffff:192.0.2.0/120'] }, { forwarded: '192.0.2.9', hop: '1' }, 'redeemed'],
  [{ address: true }, { email: 'kate@acme.example' }, 'restriction_address'],
])('%j redeemed through the API by %j: %s', async (restrictions, caller, outcome) => {
  expect(await redeemedByApi(restrictions, caller)).toBe(outcome)
})

test('unknown tokens past a thousand in an hour get no reason; a good one is redeemed all the same', async () => {
  const client = await newClient(staff)
  await owner.run(sql`
    insert into flows_private.invitation_rates (client_id, kind, hour, hits)
    values (${client.id}, 'unknown', date_trunc('hour', now()), 999)`)
  const made = () => {
    const { invitation, ...claims } = goodClaims()
    return mintToken(authority, { ...claims, invitation: { ...invitation, clientCode: client.clientCode } })
  }
  expect(await redeemInvitation(staff, made(), { authority })).toMatchObject({ reason: 'unknown' })
  const last = made()
  const result = await redeemInvitation(staff, last, { authority })
  if (result.redeemed) throw new Error('It was redeemed')
  expect(redemptionRefused(result)).toMatchObject({
    code: 'INVITATION_RATE_LIMITED',
    message: 'Too many unknown tokens have named this client in this hour',
  })
  expect(await refusals(staff, result.claims?.sub ?? '')).toMatchObject([{ reason: 'rate_limited' }])
  const { token } = await invite(staff, client)
  expect(await redeemInvitation(staff, token, { authority })).toMatchObject({ redeemed: true })
})

test('a redemption that began before a deactivation ends before it, and one that began after is refused', async () => {
  const client = await newClient(staff)
  const [first, second] = [await invite(staff, client), await invite(staff, client)]
  const other = await connect(url, { role: 'flows_staff' })
  try {
    const order: string[] = []
    await staff.transaction(async (tx) => {
      expect(await redeemInvitation(tx, first.token, { authority, userId: randomUUID() })).toMatchObject({
        redeemed: true,
      })
      void deactivateClient(other, client.clientCode).then(() => order.push('deactivated'))
      await new Promise((resolve) => setTimeout(resolve, 200))
      order.push('redeemed')
    })
    await expect.poll(() => order).toEqual(['redeemed', 'deactivated'])
    expect(await redeemInvitation(staff, second.token, { authority })).toMatchObject({
      reason: 'client_inactive',
    })
  } finally {
    await other.close()
  }
})

test('a redemption that waited for a deactivation finds the client inactive, and keeps nothing', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  const other = await connect(url, { role: 'flows_staff' })
  try {
    let redeeming: Promise<unknown> | undefined
    await other.transaction(async (tx) => {
      await deactivateClient(tx, client.clientCode)
      redeeming = redeemInvitation(staff, token, { authority, userId: randomUUID() })
      await new Promise((resolve) => setTimeout(resolve, 200))
    })
    expect(await redeeming).toMatchObject({ redeemed: false, reason: 'client_inactive' })
    const kept = await staff.one(sql`
      select i.status, i.used_count, (select count(*) from flows.client_members where client_id = ${client.id}) as members
      from flows.invitations i where i.id = ${id}`)
    expect(kept).toEqual({ status: 'pending', usedCount: 0, members: 0 })
  } finally {
    await other.close()
  }
})
