import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { resendInvitation } from '../../src/invitations/resend-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { clearErased } from '../../src/privacy/clear-erased.ts'
import { eraseInvitation } from '../../src/privacy/erase-invitation.ts'
import { replayErasures } from '../../src/privacy/replay-erasures.ts'
import { invite, newClient } from '../invitations/client.ts'
import { authority, keys } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { owner, staff, adminUrl } = await testDatabase()
const admin = await connect(adminUrl)
afterAll(() => admin.close())

async function saltOf(id: string): Promise<Buffer> {
  const { piiSalt } = await staff.one<{ piiSalt: Buffer }>(sql`
    select pii_salt from flows_private.invitation_secrets where invitation_id = ${id}`)
  return piiSalt
}

/** The data file of the secrets as it lies on the disk. */
async function dataFile(): Promise<Buffer> {
  await admin.run(sql`checkpoint`)
  const { path } = await admin.one<{ path: string }>(sql`
    select current_setting('data_directory') || '/' || pg_relation_filepath('flows_private.invitation_secrets') as path`)
  return readFileSync(path)
}

test('an erased invitation says so, opens nowhere with every key still held, and is in the ledger', async () => {
  const client = await newClient(staff)
  const { id, invitationCode, token } = await invite(staff, client)
  expect(await eraseInvitation(staff, invitationCode)).toEqual({
    clientCode: client.clientCode,
    invitations: [{ id, invitationCode }],
    reason: 'request',
    erasedAt: expect.any(Date),
  })
  const verdict = await validateInvitation(staff, token, keys)
  expect(verdict).toMatchObject({ valid: false, reason: 'erased' })
  expect(verdict).not.toHaveProperty('invitee')
  expect(await redeemInvitation(staff, token, keys)).toMatchObject({ redeemed: false, reason: 'erased' })
  const kept = await staff.one(sql`
    select s.token_hash, s.pii_salt, e.reason
    from flows_private.invitation_secrets s
    join flows_private.erasures e using (client_id, invitation_id)
    where s.client_id = ${client.id} and s.invitation_id = ${id}`)
  expect(kept).toEqual({ tokenHash: null, piiSalt: null, reason: 'request' })
})

test('every state can be erased, once', async () => {
  const client = await newClient(staff)
  const [pending, redeemed, revoked] = [
    await invite(staff, client),
    await invite(staff, client),
    await invite(staff, client),
  ]
  await redeemInvitation(staff, redeemed.token, { authority })
  await revokeInvitation(staff, revoked.id)
  for (const { id, token, invitationCode } of [pending, redeemed, revoked]) {
    await eraseInvitation(staff, id, { reason: 'retention' })
    expect(await validateInvitation(staff, token, keys)).toMatchObject({ reason: 'erased' })
    expect(await failureOf(eraseInvitation(staff, id))).toMatchObject({
      code: 'INVITATION_ERASED',
      message: `Invitation ${invitationCode} is erased already`,
    })
    expect(await failureOf(resendInvitation(staff, id, { token }, keys))).toMatchObject({
      code: 'INVITATION_NOT_RESENDABLE',
    })
  }
})

test.each([0, 1, 2])(
  'whichever of three is named, what was resent is erased with what it was resent from',
  async (named) => {
    const client = await newClient(staff)
    const first = await invite(staff, client)
    const second = await resendInvitation(staff, first.id, { token: first.token }, keys)
    const third = await resendInvitation(staff, second.id, { token: second.token }, keys)
    const other = await invite(staff, client)
    const all = [first, second, third]
    const { invitations } = await eraseInvitation(staff, all[named]?.id ?? '')
    expect(invitations.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort())
    for (const { token } of all)
      expect(await validateInvitation(staff, token, keys)).toMatchObject({ reason: 'erased' })
    expect(await validateInvitation(staff, other.token, keys)).toMatchObject({ valid: true })
  },
)

test('after the clearing no byte of an erased salt is in the data file, wherever in it the row lay', async () => {
  const client = await newClient(staff)
  const all: { id: string }[] = []
  for (let number = 0; number < 120; number += 1) all.push(await invite(staff, client))
  const erased = [0, 1, 33, 34, 35, 60, 118, 119].map((number) => all[number]?.id ?? '')
  const salts = await Promise.all(erased.map(saltOf))
  const before = await dataFile()
  expect(salts.filter((salt) => before.includes(salt))).toHaveLength(8)
  for (const id of erased) await eraseInvitation(staff, id)
  const remains = await clearErased(owner)
  const after = await dataFile()
  expect(salts.filter((salt) => after.includes(salt) || after.includes(salt.subarray(0, 8)))).toEqual([])
  expect(remains.map(({ place }) => place)).toEqual([
    'the write-ahead log of the server',
    'replicas and backups made before',
  ])
})

test('a table that is in use for long is said to hold the copies still', async () => {
  await staff.transaction(async (tx) => {
    await tx.run(sql`select 1 from flows_private.invitation_secrets limit 1`)
    const [first] = await clearErased(owner)
    expect(first?.place).toBe('the data files of the tables, held by another transaction')
  })
})

test('while a transaction that is older than the erasure runs, the copies are said to be there; afterwards they go', async () => {
  const { id } = await invite(staff, await newClient(staff))
  const salt = await saltOf(id)
  await admin.transaction(async (tx) => {
    await tx.run(sql`set transaction isolation level repeatable read`)
    await tx.run(sql`select 1`)
    await eraseInvitation(staff, id)
    const [first] = await clearErased(owner)
    expect(first?.place).toBe('the data files of the tables, held by another transaction')
  })
  const [first] = await clearErased(owner)
  expect(first?.place).toBe('the write-ahead log of the server')
  expect((await dataFile()).includes(salt)).toBe(false)
})

test('what a restore brings back is erased again by the ledger, of one client or of all', async () => {
  const client = await newClient(staff)
  const { id, token } = await invite(staff, client)
  const salt = await saltOf(id)
  const restore = () =>
    owner.transaction(async (tx) => {
      await tx.run(sql`update flows.invitations set status = 'pending' where id = ${id}`)
      await tx.run(sql`
        update flows_private.invitation_secrets
        set pii_salt = ${salt}, token_hash = sha256(convert_to(${token}, 'UTF8')) where invitation_id = ${id}`)
    })
  await eraseInvitation(staff, id)
  expect(await replayErasures(staff)).toBe(0)
  await restore()
  expect(await validateInvitation(staff, token, keys)).toMatchObject({ valid: true })
  expect(await replayErasures(staff, (await newClient(staff)).clientCode)).toBe(0)
  expect(await replayErasures(staff, client.clientCode)).toBe(1)
  await restore()
  expect(await replayErasures(staff)).toBe(1)
  expect(await validateInvitation(staff, token, keys)).toMatchObject({ valid: false, reason: 'erased' })
})

test('the ledger can be added to and never changed, by staff neither', async () => {
  for (const statement of [
    sql`delete from flows_private.erasures`,
    sql`update flows_private.erasures set reason = 'mistake'`,
  ]) {
    expect(await failureOf(staff.run(statement))).toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
  }
})
