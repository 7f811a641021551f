import { createHash, createHmac, createPublicKey, randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { importJWK, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { readSettings } from '../../src/config/read-settings.ts'
import { sql } from '../../src/database/sql.ts'
import { openInvitee, type SealingKeys, sealInvitee } from '../../src/invitations/invitee-cipher.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { tokenAuthority } from '../../src/invitations/token/authority.ts'
import { maxLifetime } from '../../src/invitations/token/claims.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { rotateClientKey } from '../../src/keys/rotate-client-key.ts'
import { secretKey } from '../../src/keys/signing-key.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { authorities, authorityOf, forgeWith } from './authorities.ts'
import { invite, newClient } from './client.ts'
import {
  forge,
  goodClaims,
  goodHeader,
  goodInvitation,
  authority as hs256,
  keys,
  masterKey,
  seconds,
} from './forge.ts'

// The threats by their numbers, each with what common libraries let through and we do not. Numbers 21, 24 to 27 and 31 to
// 33 are about links, redeeming and who may invite: they are in threats-at-the-door.test.ts.

const { staff, owner } = await testDatabase()
const es256 = authorityOf('ES256')
const refused = (reason: string) => expect.objectContaining({ valid: false, reason })

test('threat 1, algorithm confusion: a MAC under the public key, in any of its spellings, is refused', () => {
  const { key, kid, publicJwk } = es256.signingKey
  const spellings = [
    key.export({ format: 'pem', type: 'spki' }),
    key.export({ format: 'der', type: 'spki' }),
    JSON.stringify(publicJwk),
    Buffer.from(publicJwk?.x ?? '', 'base64url'),
  ]
  for (const spelling of spellings) {
    for (const alg of ['HS256', 'ES256']) {
      const signingInput = forge({ alg, typ: 'JWT', kid }, goodClaims()).split('.').slice(0, 2).join('.')
      const mac = createHmac('sha256', spelling).update(signingInput).digest()
      for (const signature of [mac, Buffer.concat([mac, mac])]) {
        expect(verifyToken(`${signingInput}.${signature.toString('base64url')}`, es256)).toEqual(
          refused('signature'),
        )
      }
    }
  }
  for (const { key: held } of [...hs256.keys.values(), ...es256.keys.values()])
    expect(held).toBeTypeOf('object')
})

test('threat 2, none: no spelling of no algorithm is one', () => {
  for (const alg of ['none', 'None', 'nOnE', 'NONE', '', 'null']) {
    const [header, payload] = forge({ ...goodHeader, alg }, goodClaims()).split('.')
    for (const signature of ['', 'AA']) {
      expect(verifyToken(`${header}.${payload}.${signature}`, hs256).valid).toBe(false)
    }
  }
})

test('threat 3, kid injection: only the very names of the keys find one, and no kid reaches a file or a query', () => {
  const kids = ['../../../dev/null', "' or 1=1 --", '__proto__', 'constructor', 'https://evil.example', '']
  for (const kid of kids)
    expect(verifyToken(forge({ ...goodHeader, kid }, goodClaims()), hs256)).toEqual(refused('signature'))
  for (const kid of [{}, [goodHeader.kid], 0, null, true]) {
    expect(verifyToken(forge({ ...goodHeader, kid }, goodClaims()), hs256)).toEqual(refused('malformed'))
  }
})

test('threat 4, keys in the header: jku, jwk, x5u, x5c and any other name are refused', () => {
  for (const name of ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256', 'cty', 'url', 'nonce', 'iss']) {
    expect(verifyToken(forge({ ...goodHeader, [name]: 'x' }, goodClaims()), hs256)).toEqual(
      refused('malformed'),
    )
  }
})

test('threat 5, extensions: crit and b64 are refused, whatever they say', () => {
  for (const more of [
    { crit: ['exp'] },
    { crit: [] },
    { crit: ['b64'], b64: true },
    { b64: false },
    { b64: true },
  ]) {
    expect(verifyToken(forge({ ...goodHeader, ...more }, goodClaims()), hs256)).toEqual(refused('malformed'))
  }
})

test('threat 6, type confusion: another typ, an access token and a JWE are refused', () => {
  for (const typ of ['at+jwt', 'jwt', 'application/jwt', 'JOSE', '', null]) {
    expect(verifyToken(forge({ ...goodHeader, typ }, goodClaims()), hs256)).toEqual(refused('malformed'))
  }
  expect(verifyToken(`${forge(goodHeader, goodClaims())}.AAAA.AAAA`, hs256)).toEqual(refused('malformed'))
})

test('threats 7 and 8, zip bombs and slow passwords: nothing in the source inflates or stretches', () => {
  const files = readdirSync(packagePath('src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /^(invitations|keys|verify)\/.*\.ts$/.test(name))
    .map((name) => readFileSync(packagePath('src', name), 'utf8'))
  expect(files.length).toBeGreaterThan(40)
  expect(files.filter((text) => /node:zlib|pbkdf2|scrypt|from 'jose'/.test(text))).toEqual([])
  for (const more of [
    { zip: 'DEF' },
    { enc: 'A256GCM' },
    { alg: 'PBES2-HS256+A128KW', p2c: 10_000_000, p2s: 'AA' },
  ]) {
    expect(verifyToken(forge({ ...goodHeader, ...more }, goodClaims()), hs256)).toEqual(refused('malformed'))
  }
})

test('threat 9, huge tokens and deep nesting: 8 MB and 3 million brackets cost less than hashing them, and no memory', () => {
  const nested = `${'['.repeat(3_000_000)}${']'.repeat(3_000_000)}`
  const huge = [
    forge(goodHeader, goodClaims({ sub: 'x'.repeat(6_000_000) })),
    forge(goodHeader, nested),
    forge(nested, goodClaims()),
    '.'.repeat(8_000_000),
    `${'A'.repeat(4_000_000)}.${'A'.repeat(4_000_000)}.AA`,
  ]
  for (const token of huge) {
    const began = process.cpuUsage()
    createHash('sha256').update(token).digest()
    const hashing = process.cpuUsage(began).user + 1_000
    const [before, start] = [process.memoryUsage().heapUsed, process.cpuUsage()]
    for (let round = 0; round < 100; round += 1) expect(verifyToken(token, hs256).valid).toBe(false)
    expect(process.cpuUsage(start).user).toBeLessThan(hashing * 100)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000)
  }
  const within = `${'['.repeat(1_400)}${']'.repeat(1_400)}`
  expect(verifyToken(forge(goodHeader, within), hs256)).toEqual(refused('malformed'))
})

describe('the personal data', () => {
  const clientKey = { clientId: randomUUID(), epoch: 1, key: secretKey(randomBytes(32)).key }
  const sealing: SealingKeys = { clientKey, salt: randomBytes(16), invitationId: randomUUID() }
  const invitee = { fullName: 'Ada Lovelace', companyEmail: 'ada@acme.example' }
  const sealed = sealInvitee(invitee, sealing)
  const cannotOpen = {
    code: 'INVITATION_NOT_VALID',
    message: 'The name and addresses in this token cannot be opened',
  }

  test('threat 10, transplanting: a field opens in its own field, invitation, client, epoch and salt only', async () => {
    const { fullName = '', companyEmail = '' } = sealed
    expect(await failureOf(() => openInvitee({ fullName: companyEmail }, sealing))).toMatchObject(cannotOpen)
    const others = [
      { invitationId: randomUUID() },
      { salt: randomBytes(16) },
      { clientKey: { ...clientKey, clientId: randomUUID() } },
      { clientKey: { ...clientKey, key: secretKey(randomBytes(32)).key } },
    ]
    for (const other of others) {
      expect(await failureOf(() => openInvitee({ fullName }, { ...sealing, ...other }))).toMatchObject(
        cannotOpen,
      )
    }
  })

  test('threat 11, short tags: nothing opens whose tag is not 16 bytes', async () => {
    const bytes = Buffer.from(sealed.fullName ?? '', 'base64url')
    for (let length = 0; length < bytes.length; length += 1) {
      const fullName = bytes.subarray(0, length).toString('base64url')
      expect(await failureOf(() => openInvitee({ fullName }, sealing))).toMatchObject(cannotOpen)
    }
  })

  test('threat 12, nonces: every sealing has its own iv, every invitation its own salt', async () => {
    const ivs = Array.from({ length: 200 }, () =>
      Object.values(sealInvitee(invitee, sealing)).map((field) => field.slice(0, 16)),
    ).flat()
    expect(new Set(ivs).size).toBe(400)
    const client = await newClient(staff)
    for (let count = 0; count < 3; count += 1) await invite(staff, client)
    const { salts } = await owner.one<{ salts: number }>(sql`
      select count(distinct pii_salt) as salts from flows_private.invitation_secrets where client_id = ${client.id}`)
    expect(salts).toBe(3)
  })
})

describe.each(authorities)('threat 13, spellings: with %s', (_, authority) => {
  test('no second spelling of a good token is valid, although jose takes it', async () => {
    const token = mintToken(authority, goodClaims())
    const last = Buffer.from(token.split('.')[2] ?? '', 'base64url')
    const siblings = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((character) => token.slice(0, -1) + character)
      .filter((text) => text !== token && Buffer.from(text.split('.')[2] ?? '', 'base64url').equals(last))
    expect(siblings.length).toBeGreaterThanOrEqual(3)
    const key = await importJWK(authority.signingKey.key.export({ format: 'jwk' }), authority.signingKey.alg)
    for (const spelling of siblings) await jwtVerify(spelling, key)
    for (const spelling of [...siblings, `${token}=`, `${token} `, `${token}\n`, ` ${token}`]) {
      expect(verifyToken(spelling, authority).valid).toBe(false)
    }
  })
})

test('threat 14, the other s: a signature that anybody could flip is refused, although jose takes it', async () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const key = await importJWK({ ...es256.signingKey.publicJwk }, 'ES256')
  for (let turn = 0; turn < 50; turn += 1) {
    const token = mintToken(es256, goodClaims())
    expect(verifyToken(token, es256).valid).toBe(true)
    const [header, payload, signature = ''] = token.split('.')
    const bytes = Buffer.from(signature, 'base64url')
    const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    expect(s).toBeLessThanOrEqual(order / 2n)
    const flipped = Buffer.concat([
      bytes.subarray(0, 32),
      Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex'),
    ])
    const other = `${header}.${payload}.${flipped.toString('base64url')}`
    await jwtVerify(other, key)
    expect(verifyToken(other, es256)).toEqual(refused('signature'))
  }
})

test('threat 15, replay: a token is redeemed once, and once by each person', async () => {
  const client = await newClient(staff)
  const once = await invite(staff, client)
  const userId = randomUUID()
  const redeem = (token: string, user = randomUUID()) =>
    redeemInvitation(staff, token, { ...keys, userId: user })
  expect(await redeem(once.token, userId)).toMatchObject({ redeemed: true })
  expect(await redeem(once.token)).toMatchObject({ redeemed: false, reason: 'redeemed' })
  const many = await invite(staff, client, { maxUses: 5, invitee: {} })
  expect(await redeem(many.token, userId)).toMatchObject({ redeemed: true })
  expect(await redeem(many.token, userId)).toMatchObject({ redeemed: false, reason: 'already_redeemed' })
})

test('threat 16, times: absent, wild, too far and future ones are refused, where jose takes most', async () => {
  const now = seconds()
  const wild = JSON.stringify(goodClaims()).replace(/"exp":\d+/, '"exp":1e308')
  const payloads: [object | string, string][] = [
    [goodClaims({ exp: undefined }), 'malformed'],
    [wild, 'malformed'],
    [goodClaims({ exp: now + maxLifetime + 10 }), 'malformed'],
    [goodClaims({ exp: now + 3_600.5 }), 'malformed'],
    [goodClaims({ exp: String(now + 3_600) }), 'malformed'],
    [goodClaims({ iat: -1 }), 'malformed'],
    [goodClaims({ iat: now + 3_600, exp: now + 7_200 }), 'not_yet_valid'],
    [goodClaims({ iat: now - 10, exp: now - 1 }), 'expired'],
  ]
  for (const [payload, reason] of payloads) {
    expect({ payload, verdict: verifyToken(forge(goodHeader, payload), hs256) }).toEqual({
      payload,
      verdict: refused(reason),
    })
  }
  expect(verifyToken(forge(goodHeader, goodClaims()), hs256, new Date(Number.NaN)).valid).toBe(false)
})

test('threat 17, issuer and audience: both to the letter, and no list', () => {
  for (const aud of ['FLOWS.thepia.net', 'flows.thepia.net ', '', 'flows']) {
    expect(verifyToken(forge(goodHeader, goodClaims({ aud })), hs256)).toEqual(refused('audience'))
  }
  for (const iss of ['api.thepia.com.evil.example', '', 'https://api.thepia.com']) {
    expect(verifyToken(forge(goodHeader, goodClaims({ iss })), hs256)).toEqual(refused('issuer'))
  }
  for (const aud of [['flows.thepia.net', 'evil'], ['flows.thepia.net'], undefined, null]) {
    expect(verifyToken(forge(goodHeader, goodClaims({ aud })), hs256)).toEqual(refused('malformed'))
  }
})

test('threats 18 to 20, JSON: names twice, __proto__, bad UTF-8 and byte order marks are refused', () => {
  const json = JSON.stringify(goodClaims())
  const payloads = [
    json.replace('{', '{"sub":"x",'),
    json.replace('{', '{"__proto__":{"admin":true},'),
    json.replace('{', '{"constructor":{},'),
    json.replace('{', '{"\\u0073ub":"x",'),
    Buffer.from(json.replace('documents', '\xff\xfe'), 'latin1'),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)]),
    Buffer.from(json, 'utf16le'),
  ]
  for (const payload of payloads)
    expect(verifyToken(forge(goodHeader, payload), hs256)).toEqual(refused('malformed'))
  expect(({} as Record<string, unknown>).admin).toBeUndefined()
})

test('threat 22, telling refusals apart: unknown and wrong tokens read the same to outsiders', async () => {
  const client = await newClient(staff)
  const { token } = await invite(staff, client)
  const claims = verifyToken(token, hs256).claims
  const unknown = mintToken(hs256, { ...goodInvitation({ clientCode: client.clientCode }) })
  const wrong = mintToken(hs256, { ...(claims ?? goodClaims()), jti: randomBytes(16).toString('base64url') })
  for (const each of [unknown, wrong]) {
    expect(await validateInvitation(staff, each, keys)).toMatchObject({ valid: false, reason: 'unknown' })
    expect(await redeemInvitation(staff, each, { ...keys, userId: randomUUID() })).toMatchObject({
      redeemed: false,
      reason: 'unknown',
    })
  }
})

test('threat 23, hashes turned back: what is hashed has at least 256 unguessable bits, and a code redeems nothing', async () => {
  const client = await newClient(staff)
  const { token, invitationCode } = await invite(staff, client)
  expect(Buffer.from(token.split('.')[2] ?? '', 'base64url').length).toBeGreaterThanOrEqual(32)
  expect(await redeemInvitation(staff, invitationCode, { ...keys, userId: randomUUID() })).toMatchObject({
    redeemed: false,
    reason: 'malformed',
  })
})

test('threat 28, deactivated clients: nothing is minted for one, and nothing of it redeemed', async () => {
  const client = await newClient(staff)
  const { token } = await invite(staff, client)
  await owner.run(sql`
    update flows.clients set status = 'inactive', deactivated_at = now() where id = ${client.id}`)
  expect(await failureOf(invite(staff, client))).toMatchObject({ code: 'CLIENT_INACTIVE' })
  expect(await redeemInvitation(staff, token, { ...keys, userId: randomUUID() })).toMatchObject({
    redeemed: false,
    reason: 'client_inactive',
  })
})

test('threat 29, old keys: retiring ones open, revoked ones do not, unknown ones verify nothing', async () => {
  const client = await newClient(staff)
  const { token } = await invite(staff, client)
  await rotateClientKey(staff, { clientId: client.id, masterKey })
  expect(await validateInvitation(staff, token, keys)).toHaveProperty('invitee')
  const later = await invite(staff, client)
  await rotateClientKey(staff, { clientId: client.id, masterKey, revoke: true })
  expect(await validateInvitation(staff, later.token, keys)).not.toHaveProperty('invitee')
  expect(verifyToken(token, authorityOf('HS256'))).toEqual(refused('signature'))
})

test("threat 30, another client's invitation: a client that is written over, or borrowed, finds nothing", async () => {
  const [one, other] = [await newClient(staff), await newClient(staff)]
  const { token } = await invite(staff, one)
  const { claims } = verifyToken(token, hs256)
  if (claims === null) throw new Error('The token is not ours')
  const moved = mintToken(hs256, {
    ...claims,
    invitation: { ...claims.invitation, clientCode: other.clientCode },
  })
  expect(await validateInvitation(staff, moved, keys)).toMatchObject({ valid: false, reason: 'unknown' })
  expect(await redeemInvitation(staff, moved, { ...keys, userId: randomUUID() })).toMatchObject({
    reason: 'unknown',
  })
})

test('threat 34, weak secrets: short, sample and repeated ones sign nothing', async () => {
  const cwd = tempFolder({ 'package.json': '{}' })
  for (const JWT_SECRET of [
    'short',
    'x'.repeat(64),
    'your-super-secret-jwt-token-with-at-least-32-characters-long',
  ]) {
    const settings = readSettings({
      cwd,
      environment: { DATABASE_URL: 'postgres://localhost/none', JWT_SECRET },
    })
    expect(await failureOf(() => tokenAuthority(settings))).toMatchObject({ code: 'SECRET_WEAK' })
  }
  const k = randomBytes(31).toString('base64url')
  const jwtKeys = JSON.stringify({ kty: 'oct', k })
  const names = { jwtSecret: '', hasJwtSecret: false, jwtIssuer: 'a', jwtAudience: 'b' }
  expect(await failureOf(() => tokenAuthority({ ...names, jwtKeys }))).toMatchObject({
    code: 'KEY_FILE_INVALID',
  })
})

test('threat 35, lengths: a ciphertext shows the length of its text, which SECURITY.md says, and nothing more', () => {
  const clientKey = { clientId: randomUUID(), epoch: 1, key: secretKey(randomBytes(32)).key }
  const sealing = { clientKey, salt: randomBytes(16), invitationId: randomUUID() }
  const lengthOf = (fullName: string) =>
    Buffer.from(sealInvitee({ fullName }, sealing).fullName ?? '', 'base64url').length
  expect(lengthOf('Ada Lovelace')).toBe(12 + 12 + 16)
  expect(lengthOf('Eve Example.')).toBe(lengthOf('Ada Lovelace'))
  expect(readFileSync(packagePath('docs', 'SECURITY.md'), 'utf8')).toContain('ciphertext shows the length')
})

test("threat 36, one secret for many uses: the sessions' secret is refused, and no token can pass for a session", async () => {
  const JWT_SECRET = randomBytes(32).toString('base64')
  const environment = {
    DATABASE_URL: 'postgres://localhost/none',
    JWT_SECRET,
    SUPABASE_JWT_SECRET: JWT_SECRET,
  }
  const settings = readSettings({ cwd: tempFolder({ 'package.json': '{}' }), environment })
  expect(await failureOf(() => settings.jwtSecret)).toMatchObject({ code: 'SECRET_WEAK' })
  for (const [, authority] of authorities) {
    for (const name of ['role', 'session_id', 'app_metadata', 'email', 'aal']) {
      expect(verifyToken(forgeWith(authority, goodClaims({ [name]: 'authenticated' })), authority)).toEqual(
        refused('malformed'),
      )
    }
  }
  const { masterKey: derived } = readSettings({
    cwd: tempFolder({ 'package.json': '{}' }),
    environment: { DATABASE_URL: 'postgres://localhost/none', JWT_SECRET },
  })
  expect(derived.includes(Buffer.from(JWT_SECRET).subarray(0, 8))).toBe(false)
  expect(createPublicKey(es256.signingKey.signingKey).equals(es256.signingKey.key)).toBe(true)
})
