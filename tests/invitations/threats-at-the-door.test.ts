import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { FlowsError } from '../../src/base/errors.ts'
import { redact } from '../../src/cli/redact.ts'
import { reportError } from '../../src/cli/report-error.ts'
import { createStyle } from '../../src/cli/style.ts'
import { actAs } from '../../src/database/act-as.ts'
import { sqlState } from '../../src/database/failures.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { importInvitations } from '../../src/invitations/import/import-invitations.ts'
import { readPeople } from '../../src/invitations/import/read-people.ts'
import type { RowResult } from '../../src/invitations/import/result-file.ts'
import { listInvitations } from '../../src/invitations/list-invitations.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { resendInvitation } from '../../src/invitations/resend-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { verifyInvitation } from '../../src/verify/verify-invitation.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { authorityOf, forgeWith } from './authorities.ts'
import { invite, newClient, refusals } from './client.ts'
import { authority, goodInvitation, keys } from './forge.ts'

// The threats by their numbers that are about links, redeeming and who may invite; those to a token are in threats.test.ts.

const { staff, owner, authenticator } = await testDatabase()

function redeem(token: string, more: Partial<Parameters<typeof redeemInvitation>[2]> = {}) {
  return redeemInvitation(staff, token, { ...keys, userId: randomUUID(), ...more })
}

async function usesOf(id: string): Promise<number> {
  const { usedCount } = await staff.one<{ usedCount: number }>(
    sql`select used_count from flows.invitations where id = ${id}`,
  )
  return usedCount
}

/** A member of the client who may invite, with these permissions. */
async function adminOf({ id }: { id: string }, permissions: readonly string[]): Promise<string> {
  const userId = randomUUID()
  await owner.run(sql`
    insert into flows.client_members (client_id, user_id, role, permissions)
    values (${id}, ${userId}, 'admin', ${permissions})`)
  return userId
}

test('threat 21, addresses that look equal: no look-alike takes a bound invitation, the same address written otherwise does', async () => {
  const client = await newClient(staff)
  const invitee = { companyEmail: 'Kate@Acme.example' }
  const { token, id } = await invite(staff, client, { invitee, restrictions: { address: true } })
  const lookalikes = [
    '\u212aate@acme.example',
    'k\u0430te@acme.example',
    'kate\u200b@acme.example',
    'kate@acme\uff0eexample',
    '\uff4bate@acme.example',
    'kate@acme.example@evil.example',
    '',
  ]
  for (const address of lookalikes) {
    expect({ address, ...(await redeem(token, { redeemer: { address } })) }).toMatchObject({
      address,
      redeemed: false,
      reason: 'restriction_address',
    })
  }
  expect(await usesOf(id)).toBe(0)
  // What was compared in another form is kept as it was written.
  expect(await validateInvitation(staff, token, keys)).toMatchObject({ invitee })
  expect(await redeem(token, { redeemer: { address: ' KATE@acme.EXAMPLE' } })).toMatchObject({
    redeemed: true,
  })
})

test('threat 24, tokens in links and logs: a server never sees the one in a link, and nobody the one in an error or the trail', async () => {
  const client = await newClient(staff, { domain: `${randomUUID()}.thepia.net` })
  const { token, url, id } = await invite(staff, client)
  const { origin, pathname, search, hash } = new URL(url)
  expect({ origin, pathname, search, hash }).toEqual({
    origin: `https://${client.domain}`,
    pathname: '/',
    search: '',
    hash: `#t=${token}`,
  })
  const cause = new Error(`GET ${url} failed`)
  const error = new FlowsError('INVITATION_NOT_VALID', `Refused: ${token}`, { hint: url, cause })
  for (const json of [true, false]) {
    const told = reportError(error, { json, debug: true, style: createStyle(false) })
    expect(told).toContain('[token]')
    for (const part of token.split('.')) expect(told).not.toContain(part)
  }
  for (const text of [
    token,
    url,
    `"${token}"`,
    `token=${token}&x=1`,
    `Bearer ${token}.`,
    token.slice(0, 60),
  ]) {
    expect(redact(text)).not.toMatch(/eyJ|[A-Za-z0-9_]{30}/)
  }
  await revokeInvitation(staff, id)
  expect(await redeem(token)).toMatchObject({ reason: 'revoked' })
  expect(await redeem(`${token}x`)).toMatchObject({ redeemed: false })
  const trail = inspect(await owner.many(sql`select t::text as event from flows.audit_events t`), {
    maxArrayLength: null,
    maxStringLength: null,
  })
  expect(trail).toContain(id)
  for (const part of token.split('.').slice(1)) expect(trail).not.toContain(part)
})

test('threat 25, scanners and previews: what opens a link by GET, as every crawler does, spends nothing', async () => {
  const { token, id } = await invite(staff, await newClient(staff))
  const actor = { role: 'authenticated', claims: { sub: randomUUID() } }
  const redeeming = (readOnly: boolean) =>
    actAs(authenticator, { ...actor, readOnly }, (tx) =>
      tx.one(sql`select * from flows.redeem_invitation(${token})`),
    )
  const error = await redeeming(true).catch((thrown: unknown) => thrown)
  expect(sqlState(error)).toBe('25006')
  const { volatility } = await owner.one<{ volatility: string }>(sql`
    select provolatile as volatility from pg_proc where oid = 'flows.redeem_invitation'::regproc`)
  expect(volatility).toBe('v')
  expect(await usesOf(id)).toBe(0)
  expect(await redeeming(false)).toMatchObject({ redeemed: true })
})

test('threat 26, redeeming at once: 200 people share 7 uses, and the table itself takes no eighth', async () => {
  const client = await newClient(staff, { tier: 'pro' })
  const { token, id } = await invite(staff, client, { maxUses: 7, invitee: {} })
  const results = await Promise.all(Array.from({ length: 200 }, () => redeem(token)))
  expect(results.filter(({ redeemed }) => redeemed)).toHaveLength(7)
  expect(results.flatMap((result) => (result.redeemed ? [] : result.reason))).toEqual(
    Array(193).fill('redeemed'),
  )
  const { uses, members } = await staff.one<{ uses: number; members: number }>(sql`
    select (select count(*) from flows.invitation_redemptions where invitation_id = ${id}) as uses,
      (select count(*) from flows.client_members where client_id = ${client.id}) as members`)
  expect({ uses, members, counted: await usesOf(id) }).toEqual({ uses: 7, members: 7, counted: 7 })
  const eighth = owner.run(sql`update flows.invitations set used_count = 8 where id = ${id}`)
  expect(sqlState(await eighth.catch((thrown: unknown) => thrown))).toBe('23514')
})

test('threat 27, revoked invitations: checking the token alone says so little, and whoever asks the database is refused', async () => {
  const { token, id } = await invite(staff, await newClient(staff))
  await revokeInvitation(staff, id)
  const alone = verifyToken(token, authority)
  expect(alone.valid).toBe(true)
  expect(alone).not.toHaveProperty('online')
  const looked = await validateInvitation(staff, token, keys)
  expect(looked).toMatchObject({ valid: false, reason: 'revoked', online: { status: 'revoked' } })
  expect(looked).not.toHaveProperty('invitee')
  expect(await redeem(token)).toMatchObject({ redeemed: false, reason: 'revoked' })
  const byApi = await actAs(authenticator, { role: 'authenticated', claims: { sub: randomUUID() } }, (tx) =>
    tx.one(sql`select redeemed, reason from flows.redeem_invitation(${token})`),
  )
  expect(byApi).toEqual({ redeemed: false, reason: 'not_valid' })
  expect(await usesOf(id)).toBe(0)
})

test('threat 31, reading a token back: no list, no column and no admin of the client has it, and a resent one is another', async () => {
  const client = await newClient(staff)
  const { token, id, invitationCode } = await invite(staff, client)
  const [, payload = '', signature = ''] = token.split('.')
  const secrets = [payload, signature, Buffer.from(signature, 'base64url').toString('hex')]
  const tables = await owner.many<{ schema: string; name: string }>(sql`
    select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('flows', 'flows_private') and c.relkind in ('r', 'v', 'm')`)
  expect(tables.length).toBeGreaterThan(10)
  for (const { schema, name } of tables) {
    const { found } = await owner.one<{ found: number }>(sql`
      select count(*) as found from ${identifier(schema, name)} t where t::text ~ ${secrets.join('|')}`)
    expect({ name, found }).toEqual({ name, found: 0 })
  }
  const admin = {
    role: 'authenticated',
    claims: { sub: await adminOf(client, ['documents:read']), app_metadata: { client_id: client.id } },
  }
  const shown = await actAs(authenticator, admin, (tx) => tx.many(sql`select * from flows.invitations`))
  expect(shown).toMatchObject([{ id }])
  for (const seen of [shown, await listInvitations(staff, { clientCode: client.clientCode })]) {
    expect(JSON.stringify(seen)).not.toMatch(/token|hash|eyJ|salt/i)
  }
  const secret = actAs(authenticator, admin, (tx) =>
    tx.many(sql`select * from flows_private.invitation_secrets`),
  )
  await expect(secret).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
  const resent = await resendInvitation(staff, invitationCode, { token }, keys)
  expect(resent.token.split('.').slice(1)).not.toEqual([payload, signature])
  expect(verifyToken(resent.token, authority).claims?.jti).not.toBe(verifyToken(token, authority).claims?.jti)
  expect(await redeem(token)).toMatchObject({ reason: 'superseded' })
})

test('threat 32, handing on more than one has: no door mints a permission beyond the catalogue or the inviter', async () => {
  const client = await newClient(staff)
  const invitedBy = await adminOf(client, ['documents:read'])
  const beyond = { invitedBy, permissions: ['documents:write'] }
  expect(await failureOf(invite(staff, client, { permissions: ['admin'] }))).toMatchObject({
    code: 'INVITATION_PERMISSION_UNKNOWN',
    message:
      'The application offboarding knows no such permission; its catalogue: documents:read, documents:write',
  })
  expect(await failureOf(invite(staff, client, beyond))).toMatchObject({
    code: 'INVITATION_INVITER_UNFIT',
    message: 'Nobody hands on what they do not have: documents:write',
  })
  const results: RowResult[] = []
  const rows =
    'companyEmail,permissions\na@acme.example,documents:write\nb@acme.example,admin\nc@acme.example,\n'
  const terms = { clientCode: client.clientCode, appCode: 'offboarding', invitedBy }
  await importInvitations(staff, readPeople(Readable.from([rows]), 'csv'), terms, keys, {
    results: {
      issued: () => undefined,
      wasMailed: () => false,
      add: async (more) => void results.push(...more),
    },
  })
  expect(results.map((result) => (result.status === 'refused' ? result.reason : 'issued'))).toEqual([
    'INVITATION_INVITER_UNFIT',
    'INVITATION_PERMISSION_UNKNOWN',
    'issued',
  ])
  const { token, id } = await invite(staff, client, { invitedBy })
  await owner.run(sql`
    update flows.client_members set permissions = '{}' where client_id = ${client.id} and user_id = ${invitedBy}`)
  expect(await failureOf(resendInvitation(staff, id, { token }, keys))).toMatchObject({
    code: 'INVITATION_INVITER_UNFIT',
  })
  // Even whoever could sign widens nothing: the row says what is granted, and its hash is that of another token.
  const { claims } = verifyToken(token, authority)
  if (claims === null) throw new Error('The token is not ours')
  const widened = { ...claims.invitation, permissions: ['documents:read', 'documents:write'] }
  const forged = mintToken(authority, { ...claims, invitation: widened })
  expect(await redeem(forged)).toMatchObject({ redeemed: false, reason: 'unknown' })
})

test('threat 33, restrictions that a validator does not know: each of the four doors refuses, and IPv4 is one in either spelling', async () => {
  const es256 = authorityOf('ES256')
  const options = {
    issuer: es256.issuer,
    audience: es256.audience,
    keys: [{ ...es256.signingKey.publicJwk }],
  }
  for (const unknown of [
    { device: 'laptop' },
    { mfa: true, floor: 3 },
    { MFA: true },
    { constructor: true },
  ]) {
    const claims = goodInvitation({ restrictions: unknown })
    const refused = { valid: false, reason: 'restriction_unknown' }
    expect(verifyToken(mintToken(authority, claims), authority)).toMatchObject(refused)
    expect(await verifyInvitation(forgeWith(es256, claims), options)).toMatchObject(refused)
    expect(await redeem(mintToken(authority, claims))).toMatchObject({ reason: 'restriction_unknown' })
    const { unmet } = await owner.one<{ unmet: string }>(sql`
      select flows_private.unmet_restriction(${unknown}::jsonb, ${randomUUID()}) as unmet`)
    expect(unmet).toBe('restriction_unknown')
  }
  const client = await newClient(staff)
  const pairs = [
    ['192.0.2.0/24', '::ffff:192.0.2.9', true],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['192.0.2.0/24', '::ffff:198.51.100.9', false],
    ['192.0.2.0/24', '::192.0.2.9', false],
  ] as const
  for (const [range, ip, isInside] of pairs) {
    const { token, id } = await invite(staff, client, { restrictions: { ip: [range] } })
    const result = await redeem(token, { redeemer: { ip } })
    expect({ range, ip, redeemed: result.redeemed }).toEqual({ range, ip, redeemed: isInside })
    if (!isInside) expect(await refusals(staff, id)).toMatchObject([{ reason: 'restriction_ip' }])
  }
})
