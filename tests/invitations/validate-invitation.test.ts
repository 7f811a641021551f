import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { sql } from '../../src/database/sql.ts'
import { cleanupInvitations } from '../../src/invitations/cleanup-invitations.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { tokenAuthority } from '../../src/invitations/token/authority.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { testDatabase } from '../support/database.ts'
import { expire, invite, newClient, refusals } from './client.ts'
import { authority, forge, goodClaims, goodHeader, keys, masterKey } from './forge.ts'

const { owner, staff } = await testDatabase()

test('a good token is valid online, with its state, and opens name and addresses', async () => {
  const client = await newClient(staff)
  const invitee = {
    fullName: 'Ada Lovelace',
    companyEmail: 'ada@acme.example',
    privateEmail: 'ada@home.example',
  }
  const { token, expiresAt } = await invite(staff, client, { invitee, maxUses: 3 })
  expect(await validateInvitation(staff, token, keys)).toEqual({
    valid: true,
    claims: expect.objectContaining({ aud: 'flows.thepia.net' }),
    online: { status: 'pending', usedCount: 0, maxUses: 3, clientStatus: 'active', expiresAt },
    invitee,
  })
})

test('validating uses nothing up', async () => {
  const { token } = await invite(staff, await newClient(staff))
  for (let round = 0; round < 3; round += 1) {
    expect(await validateInvitation(staff, token, keys)).toMatchObject({
      valid: true,
      online: { usedCount: 0 },
    })
  }
})

test('each state of an invitation and of its client has its reason, opens nobody and is recorded', async () => {
  const cases = {
    redeemed: async (token: string) => redeemInvitation(staff, token, { authority }),
    revoked: async (_: string, id: string) => revokeInvitation(staff, id),
    expired: async (_: string, id: string, clientId: string) => expire(owner, clientId, id),
    superseded: async (_: string, id: string) =>
      owner.run(sql`update flows.invitations set status = 'superseded' where id = ${id}`),
    client_inactive: async (_: string, __: string, ___: string, code: string) =>
      deactivateClient(staff, code),
  }
  for (const [reason, happen] of Object.entries(cases)) {
    const client = await newClient(staff)
    const { token, id } = await invite(staff, client)
    await happen(token, id, client.id, client.clientCode)
    const verdict = await validateInvitation(staff, token, keys)
    expect(verdict).toMatchObject({ valid: false, reason, claims: { sub: id }, online: { maxUses: 1 } })
    expect(verdict).not.toHaveProperty('invitee')
    expect(await refusals(staff, id)).toEqual([{ attempt: 'validate', reason, clientId: client.id }])
  }
})

test('an invitation marked as expired by the clean-up is expired for the database too', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  await expire(owner, client.id, id)
  await cleanupInvitations(staff, client.clientCode)
  expect(await validateInvitation(staff, token, keys)).toMatchObject({ reason: 'expired' })
})

test('an erased person cannot be opened by anyone, and the token says so', async () => {
  const client = await newClient(staff)
  const { token, id } = await invite(staff, client)
  await owner.run(
    sql`update flows_private.invitation_secrets set pii_salt = null where invitation_id = ${id}`,
  )
  const opened = await validateInvitation(staff, token, keys)
  expect(opened.valid).toBe(true)
  expect(opened).not.toHaveProperty('invitee')
  await owner.run(
    sql`update flows_private.invitation_secrets set token_hash = null where invitation_id = ${id}`,
  )
  await owner.run(sql`update flows.invitations set status = 'erased' where id = ${id}`)
  expect(await validateInvitation(staff, token, keys)).toMatchObject({ valid: false, reason: 'erased' })
})

test('once the key of a client is shredded, a good token is still valid and opens nobody', async () => {
  const client = await newClient(staff)
  const { token } = await invite(staff, client)
  await owner.run(sql`
    update flows_private.client_keys set state = 'shredded', wrapped_key = null where client_id = ${client.id}`)
  const verdict = await validateInvitation(staff, token, keys)
  expect(verdict.valid).toBe(true)
  expect(verdict).not.toHaveProperty('invitee')
})

test('a token of our own signature that the database never issued is unknown', async () => {
  const client = await newClient(staff)
  const { id } = await invite(staff, client)
  const claims = goodClaims()
  const invented = mintToken(authority, claims)
  expect(await validateInvitation(staff, invented, keys)).toMatchObject({ valid: false, reason: 'unknown' })
  const ofTheSameId = mintToken(authority, {
    ...claims,
    sub: id,
    invitation: { ...claims.invitation, clientCode: client.clientCode },
  })
  const verdict = await validateInvitation(staff, ofTheSameId, keys)
  expect(verdict).toMatchObject({ valid: false, reason: 'unknown' })
  expect(verdict).not.toHaveProperty('online')
})

test("an invitation moved to another client's name in the token is unknown there", async () => {
  const [acme, globex] = [await newClient(staff), await newClient(staff)]
  const { token, id } = await invite(staff, acme)
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  claims.invitation.clientCode = globex.clientCode
  expect(await validateInvitation(staff, forge(goodHeader, claims), keys)).toMatchObject({
    valid: false,
    reason: 'unknown',
    claims: { sub: id },
  })
})

test('what cannot be read at all is refused and recorded as such, for the operator', async () => {
  const before = (await refusals(staff, 'unreadable')).length
  expect(await validateInvitation(staff, 'not a token', keys)).toEqual({
    valid: false,
    reason: 'malformed',
    claims: null,
  })
  const stranger = tokenAuthority({
    jwtSecret: randomBytes(32).toString('base64'),
    jwtIssuer: 'api.thepia.com',
    jwtAudience: 'flows.thepia.net',
  })
  const { token } = await invite(staff, await newClient(staff))
  expect(await validateInvitation(staff, token, { authority: stranger, masterKey })).toEqual({
    valid: false,
    reason: 'signature',
    claims: null,
  })
  expect((await refusals(staff, 'unreadable')).slice(before)).toEqual([
    { attempt: 'validate', reason: 'malformed', clientId: '00000000-0000-0000-0000-000000000000' },
    { attempt: 'validate', reason: 'signature', clientId: '00000000-0000-0000-0000-000000000000' },
  ])
})

test('under another master key a good token is an error to the operator, not a verdict on the token', async () => {
  const { token } = await invite(staff, await newClient(staff))
  await expect(
    validateInvitation(staff, token, { authority, masterKey: randomBytes(32) }),
  ).rejects.toMatchObject({
    code: 'KEY_UNWRAP_FAILED',
    message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
  })
})
