import { randomBytes, randomUUID } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeEach, expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { createInvitation } from '../../src/invitations/create-invitation.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { type TokenAuthority, tokenAuthority } from '../../src/invitations/token/authority.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { activeSigningKey } from '../../src/keys/active-signing-key.ts'
import { exportKeys } from '../../src/keys/export-keys.ts'
import { listKeys } from '../../src/keys/list-keys.ts'
import { rotateSigningKey } from '../../src/keys/rotate-signing-key.ts'
import { shredExpiredKeys } from '../../src/keys/shred-expired-keys.ts'
import { newClient } from '../invitations/client.ts'
import { masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { keyFile } from './key-file.ts'

const { owner, staff } = await testDatabase()
const names = { jwtIssuer: 'api.thepia.com', jwtAudience: 'flows.thepia.net' }
const jwtSecret = randomBytes(32).toString('base64')
const file = keyFile('ES256', 'EdDSA')
const secretOnly = tokenAuthority({ ...names, jwtSecret })
const withFile = tokenAuthority({ ...names, jwtSecret, jwtKeys: file })
const [es256 = '', eddsa = '', hs256 = ''] = [...withFile.keys.keys()]

beforeEach(async () => {
  await owner.run(sql`delete from flows_private.signing_keys`)
  await owner.run(sql`update flows.invitations set expires_at = now() - interval '1 second'`)
})

async function mintWith(authority: TokenAuthority): Promise<string> {
  const client = await newClient(staff)
  const draft = {
    clientCode: client.clientCode,
    appCode: 'offboarding',
    invitee: { companyEmail: 'ada@acme.example' },
  }
  return (await createInvitation(staff, draft, { authority, masterKey })).token
}

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
}

async function states(): Promise<Record<string, string>> {
  const rows = await owner.many<{ kid: string; state: string }>(
    sql`select kid, state from flows_private.signing_keys`,
  )
  return Object.fromEntries(rows.map(({ kid, state }) => [kid, state]))
}

test('the first key that signs is on record as active, the others as pre-active', async () => {
  expect(kidOf(await mintWith(withFile))).toBe(es256)
  expect(await states()).toEqual({ [es256]: 'active', [eddsa]: 'pre-active', [hs256]: 'pre-active' })
})

test('a key file that is added does not sign before it is switched to; then the old tokens stay good', async () => {
  const before = await mintWith(secretOnly)
  expect(kidOf(await mintWith(withFile))).toBe(hs256)
  expect(await rotateSigningKey(staff, withFile.keys.values())).toEqual({
    kid: es256,
    alg: 'ES256',
    previous: { kid: hs256, state: 'retiring' },
  })
  const after = await mintWith(withFile)
  expect([kidOf(before), kidOf(after)]).toEqual([hs256, es256])
  for (const token of [before, after]) {
    expect(await validateInvitation(staff, token, { authority: withFile, masterKey })).toMatchObject({
      valid: true,
    })
    expect(
      await redeemInvitation(staff, token, { authority: withFile, masterKey, userId: randomUUID() }),
    ).toMatchObject({
      redeemed: true,
    })
  }
})

test('a change of JWT_SECRET makes the new one active by itself', async () => {
  await mintWith(secretOnly)
  const changed = tokenAuthority({ ...names, jwtSecret: randomBytes(32).toString('base64') })
  expect(kidOf(await mintWith(changed))).toBe(changed.signingKey.kid)
  expect(await states()).toEqual({ [hs256]: 'retiring', [changed.signingKey.kid]: 'active' })
})

test('whoever has only a key that was rotated out mints nothing', async () => {
  await mintWith(secretOnly)
  await rotateSigningKey(staff, withFile.keys.values(), { to: eddsa })
  expect(await failureOf(mintWith(secretOnly))).toMatchObject({
    code: 'KEY_INACTIVE',
    message: 'Every signing key of the settings was rotated out',
  })
})

test('tokens of a revoked key are refused online at once, and the key is exported no more', async () => {
  const token = await mintWith(withFile)
  await rotateSigningKey(staff, withFile.keys.values(), { to: eddsa, revoke: true })
  expect(verifyToken(token, withFile).valid).toBe(true)
  expect(await validateInvitation(staff, token, { authority: withFile, masterKey })).toMatchObject({
    valid: false,
    reason: 'key_revoked',
  })
  expect(
    await redeemInvitation(staff, token, { authority: withFile, masterKey, userId: randomUUID() }),
  ).toMatchObject({
    redeemed: false,
    reason: 'key_revoked',
  })
  expect((await exportKeys(staff, withFile.keys.values())).keys.map(({ kid }) => kid)).toEqual([eddsa])
  expect(await failureOf(rotateSigningKey(staff, withFile.keys.values(), { to: es256 }))).toMatchObject({
    code: 'KEY_INACTIVE',
    message: 'This key was revoked and signs never again',
  })
})

test('the exported set is enough for jose to verify every token', async () => {
  const tokens = [await mintWith(withFile)]
  await rotateSigningKey(staff, withFile.keys.values())
  tokens.push(await mintWith(withFile))
  const jwks = await exportKeys(staff, withFile.keys.values())
  expect(JSON.stringify(jwks)).not.toMatch(/"(d|k)":/)
  const local = createLocalJWKSet({ keys: jwks.keys.map((key) => ({ ...key })) })
  for (const token of tokens) {
    const { payload } = await jwtVerify(token, local, {
      issuer: 'api.thepia.com',
      audience: 'flows.thepia.net',
      typ: 'JWT',
    })
    expect(payload.sub).toBeDefined()
  }
})

test('an unknown key, the active key and no other key are refused by name', async () => {
  await mintWith(secretOnly)
  const rotate = (to?: string) => failureOf(rotateSigningKey(staff, secretOnly.keys.values(), { to }))
  expect(await rotate('nobody')).toMatchObject({
    code: 'KEY_UNKNOWN',
    message: 'The settings have no signing key of this kid',
  })
  expect(await rotate()).toMatchObject({
    code: 'KEY_UNKNOWN',
    message: 'The settings have no other signing key than those in use',
  })
  expect(await rotate(hs256)).toMatchObject({
    code: 'KEY_UNCHANGED',
    message: 'This key is the one that signs already',
  })
})

test('of any number of processes that mint first, with other keys even, all find one and one stays active', async () => {
  for (let round = 0; round < 10; round += 1) {
    await owner.run(sql`delete from flows_private.signing_keys`)
    const minting = Array.from({ length: 12 }, (_, index) =>
      activeSigningKey(staff, (index % 2 === 0 ? withFile : secretOnly).keys.values()),
    )
    for (const { kid } of await Promise.all(minting)) expect([es256, hs256]).toContain(kid)
    expect(Object.values(await states()).filter((state) => state === 'active')).toHaveLength(1)
  }
})

test('the list tells of each key its state, whether the settings have it, and until when it is used', async () => {
  await mintWith(secretOnly)
  await rotateSigningKey(staff, withFile.keys.values(), { to: eddsa })
  const elsewhere = tokenAuthority({ ...names, jwtSecret, hasJwtSecret: false, jwtKeys: keyFile('EdDSA') })
  const configured = new Map([...withFile.keys].slice(1, 2).concat([...elsewhere.keys]))
  const listed = (await listKeys(staff, { configured })).filter(({ kind }) => kind === 'signing')
  expect(listed).toEqual([
    expect.objectContaining({
      kid: elsewhere.signingKey.kid,
      state: 'pre-active',
      held: 'private',
      createdAt: null,
    }),
    expect.objectContaining({ kid: eddsa, state: 'active', held: 'private', usedUntil: null }),
    expect.objectContaining({
      kid: hs256,
      alg: 'HS256',
      state: 'retiring',
      held: 'none',
      usedUntil: expect.any(Date),
    }),
  ])
})

test('a retired key is gone with its last pending invitation, and not before', async () => {
  const token = await mintWith(withFile)
  await rotateSigningKey(staff, withFile.keys.values(), { to: eddsa })
  expect((await shredExpiredKeys(staff)).signingKeys).toBe(0)
  const sub = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub
  await owner.run(
    sql`update flows.invitations set expires_at = now() - interval '1 second' where id = ${sub}`,
  )
  expect((await shredExpiredKeys(staff)).signingKeys).toBe(1)
  expect((await states())[es256]).toBe('shredded')
})

test('the database takes no private part of a key, and no second active key', async () => {
  await mintWith(withFile)
  const insert = (jwk: object, state: string) =>
    owner.run(sql`
      insert into flows_private.signing_keys (kid, alg, public_jwk, state)
      values ('planted', 'ES256', ${JSON.stringify(jwk)}::jsonb, ${state})`)
  await expect(insert({ kty: 'EC', d: 'secret' }, 'pre-active')).rejects.toMatchObject({
    constraint: 'signing_keys_public_jwk_check',
  })
  await expect(insert({ kty: 'EC' }, 'active')).rejects.toMatchObject({
    constraint: 'signing_keys_active_idx',
  })
})

test('every change of a signing key is in the audit trail', async () => {
  await mintWith(secretOnly)
  await rotateSigningKey(staff, withFile.keys.values(), { to: eddsa })
  const events = await owner.many(sql`
    select verb, details -> 'state' as state
    from flows.audit_events
    where table_name = 'flows_private.signing_keys' or table_name = 'signing_keys'
    order by created_at desc
    limit 2`)
  expect(events).toEqual(
    expect.arrayContaining([
      { verb: 'update', state: ['pre-active', 'active'] },
      { verb: 'update', state: ['active', 'retiring'] },
    ]),
  )
})
