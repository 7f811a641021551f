import { createHash } from 'node:crypto'
import { jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { sql } from '../../src/database/sql.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { testDatabase } from '../support/database.ts'
import { expire, invite, newClient } from './client.ts'
import { authority, jwtSecret } from './forge.ts'

const { owner, staff } = await testDatabase()

test('a new invitation is pending and comes with a token that jose verifies', async () => {
  const client = await newClient(staff)
  const { token, url, ...invitation } = await invite(staff, client, { expiresIn: 3_600 })
  expect(invitation).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    invitationCode: expect.stringMatching(/^([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/),
    clientCode: client.clientCode,
    appCode: 'offboarding',
    status: 'pending',
    maxUses: 1,
    usedCount: 0,
    expiresAt: expect.any(Date),
    createdAt: expect.any(Date),
  })
  const { payload } = await jwtVerify(token, new TextEncoder().encode(jwtSecret))
  expect(payload).toMatchObject({
    sub: invitation.id,
    exp: invitation.expiresAt.getTime() / 1_000,
    invitation: { clientCode: client.clientCode, appCode: 'offboarding', permissions: ['documents:read'] },
  })
  expect(url).toBe(`https://flows.thepia.net/#t=${token}`)
})

test("the link leads to the client's own domain, with the token in the fragment", async () => {
  const { url, token } = await invite(staff, await newClient(staff, { domain: 'link.thepia.net' }))
  expect(url).toBe(`https://link.thepia.net/#t=${token}`)
})

test('the database keeps the hash of the token and the salt of its keys, and nothing of the token itself', async () => {
  const client = await newClient(staff)
  const { id, token } = await invite(staff, client)
  const row = await staff.one<{
    tokenHash: Buffer
    piiSalt: Buffer
    keyEpoch: number
    permissions: string[]
  }>(sql`
    select s.token_hash, s.pii_salt, i.key_epoch, i.permissions
    from flows.invitations i
    join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
    where i.client_id = ${client.id} and i.id = ${id}`)
  expect(row.tokenHash).toEqual(createHash('sha256').update(token).digest())
  expect(row.piiSalt).toHaveLength(16)
  expect(row).toMatchObject({ keyEpoch: 1, permissions: ['documents:read'] })
})

test('nothing of the invitee can be read in the token without the key', async () => {
  const { token } = await invite(staff, await newClient(staff), {
    invitee: { fullName: 'Ada Lovelace', companyEmail: 'ada@acme.example', privateEmail: 'ada@home.example' },
  })
  const clear = token
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    .join(' ')
  expect(clear).not.toMatch(/Ada|Lovelace|acme\.example|home\.example/)
  expect(clear).toContain('"privateEmail"')
})

test('two invitations of the same person share neither salt nor ciphertext nor jti', async () => {
  const client = await newClient(staff)
  const read = async () => verifyToken((await invite(staff, client)).token, authority).claims
  const [one, other] = [await read(), await read()]
  expect(one?.jti).not.toBe(other?.jti)
  expect(one?.invitation.invitee.fullName).not.toBe(other?.invitation.invitee.fullName)
})

test('a permission outside the catalogue of the application is refused, and the catalogue named', async () => {
  const client = await newClient(staff)
  await expect(invite(staff, client, { permissions: ['documents:read', 'admin'] })).rejects.toMatchObject({
    code: 'INVITATION_PERMISSION_UNKNOWN',
    message:
      'The application offboarding knows no such permission; its catalogue: documents:read, documents:write',
  })
})

test.each([0, -1, 1.5, 10_001, Number.NaN])('%s is no number of uses', async (maxUses) => {
  await expect(invite(staff, await newClient(staff), { maxUses })).rejects.toMatchObject({
    code: 'INVITATION_MAX_USES_INVALID',
    message: 'An invitation can be used 1 to 10000 times',
  })
})

test.each([0, 366 * 86_400 + 1, Number.NaN])('%s seconds are no life of an invitation', async (expiresIn) => {
  await expect(invite(staff, await newClient(staff), { expiresIn })).rejects.toMatchObject({
    code: 'INVITATION_EXPIRY_INVALID',
    message: 'An invitation lives at most 366 days',
  })
})

test('an invitation for one must say for whom; a link for several need not', async () => {
  const client = await newClient(staff)
  await expect(invite(staff, client, { invitee: {} })).rejects.toMatchObject({
    code: 'INVITATION_INVITEE_INVALID',
    message: 'An invitation for one person must say for whom',
  })
  expect(await invite(staff, client, { invitee: {}, maxUses: 25 })).toMatchObject({ maxUses: 25 })
})

test('a company address outside the domains of the restriction is refused', async () => {
  const client = await newClient(staff)
  await expect(invite(staff, client, { restrictions: { domain: ['other.example'] } })).rejects.toMatchObject({
    code: 'INVITATION_RESTRICTION_INVALID',
    message: 'The company address lies outside the domains that the invitation is restricted to',
  })
  const { token } = await invite(staff, client, { restrictions: { domain: ['acme.example'], mfa: true } })
  expect(verifyToken(token, authority)).toMatchObject({
    valid: true,
    claims: { invitation: { restrictions: { domain: ['acme.example'], mfa: true } } },
  })
})

test('a client or application that is not there is named, and a deactivated client invites nobody', async () => {
  const client = await newClient(staff)
  await expect(invite(staff, client, { clientCode: 'nobody' })).rejects.toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
  await expect(invite(staff, client, { appCode: 'onboarding' })).rejects.toMatchObject({
    code: 'APPLICATION_NOT_FOUND',
    message: 'The client has no application "onboarding"',
  })
  await deactivateClient(staff, client.clientCode)
  await expect(invite(staff, client)).rejects.toMatchObject({
    code: 'CLIENT_INACTIVE',
    message: `Client "${client.clientCode}" is deactivated`,
  })
})

test('under another master key nothing is issued and nothing is left behind', async () => {
  const client = await newClient(staff, { wrappedBy: Buffer.alloc(32, 'other master') })
  await expect(invite(staff, client)).rejects.toMatchObject({
    code: 'KEY_UNWRAP_FAILED',
    message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
  })
  const { count } = await staff.one<{ count: number }>(
    sql`select count(*) from flows.invitations where client_id = ${client.id}`,
  )
  expect(count).toBe(0)
})

test('neither the invitation nor its secrets are ever there alone', async () => {
  const client = await newClient(staff)
  const { id } = await invite(staff, client)
  await expect(
    staff.transaction(async (tx) => {
      await invite(tx, client)
      throw new Error('taken back')
    }),
  ).rejects.toThrow('taken back')
  await expire(owner, client.id, id)
  const { invitations, secrets } = await staff.one<{ invitations: number; secrets: number }>(sql`
    select (select count(*) from flows.invitations where client_id = ${client.id}) as invitations,
      (select count(*) from flows_private.invitation_secrets where client_id = ${client.id}) as secrets`)
  expect({ invitations, secrets }).toEqual({ invitations: 1, secrets: 1 })
})
