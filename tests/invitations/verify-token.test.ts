import { createHmac, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import type { TokenClaims } from '../../src/invitations/token/claims.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { authority, forge, goodClaims, goodHeader, goodInvitation, jwtSecret, seconds } from './forge.ts'

const secret = new TextEncoder().encode(jwtSecret)

function refused(reason: string): object {
  return expect.objectContaining({ valid: false, reason })
}

function verdict(token: string): unknown {
  return verifyToken(token, authority)
}

/** What jose says, as most applications would call it: whether it lets the token through. */
async function joseAccepts(token: string): Promise<boolean> {
  return jwtVerify(token, secret, { algorithms: ['HS256'] }).then(
    () => true,
    () => false,
  )
}

test('a good token is valid, and so is one that is forged byte for byte like it', () => {
  const claims = goodClaims()
  expect(verdict(mintToken(authority, claims))).toEqual({ valid: true, claims })
  expect(verdict(forge(goodHeader, claims))).toEqual({ valid: true, claims })
})

describe('the header', () => {
  test.each(['none', 'None', 'nOnE', 'hs256', 'HS384', 'RS256', 'ES256', 'EdDSA', ''])(
    'with the algorithm "%s" is refused although the MAC is right',
    (alg) => {
      expect(verdict(forge({ ...goodHeader, alg }, goodClaims()))).toEqual(refused('signature'))
    },
  )

  test('with the algorithm none and no signature is refused', () => {
    const [header, payload] = forge({ ...goodHeader, alg: 'none' }, goodClaims()).split('.')
    expect(verdict(`${header}.${payload}.`)).toEqual(refused('signature'))
  })

  test.each([
    ['another kid', 'other'],
    ['a path', '../../../../dev/null'],
    ['SQL', "' or 1=1 --"],
    ['a name every object has', '__proto__'],
    ['a method every object has', 'constructor'],
    ['an empty text', ''],
  ])('with %s as kid is refused: only known keys are looked up', (_, kid) => {
    expect(verdict(forge({ ...goodHeader, kid }, goodClaims()))).toEqual(refused('signature'))
  })

  test.each([
    ['an object as kid', { ...goodHeader, kid: { toString: 'x' } }],
    ['an array as kid', { ...goodHeader, kid: [goodHeader.kid] }],
    ['no kid', { alg: 'HS256', typ: 'JWT' }],
    ['no typ', { alg: 'HS256', kid: goodHeader.kid }],
    ['the typ of an access token', { ...goodHeader, typ: 'at+jwt' }],
    ['a typ in other letters', { ...goodHeader, typ: 'jwt' }],
    ['jku', { ...goodHeader, jku: 'https://evil.example/keys' }],
    ['x5u', { ...goodHeader, x5u: 'https://evil.example/cert' }],
    ['jwk', { ...goodHeader, jwk: { kty: 'oct', k: 'AAAA' } }],
    ['x5c', { ...goodHeader, x5c: ['AAAA'] }],
    ['crit', { ...goodHeader, crit: ['exp'] }],
    ['an empty crit', { ...goodHeader, crit: [] }],
    ['b64', { ...goodHeader, b64: true }],
    ['zip', { ...goodHeader, zip: 'DEF' }],
    ['cty', { ...goodHeader, cty: 'JWT' }],
    ['enc, as in a JWE', { ...goodHeader, enc: 'A256GCM' }],
    ['p2c, as with a password', { ...goodHeader, p2c: 10_000_000 }],
    ['a list for a header', [goodHeader]],
    ['a name twice', `{"alg":"none","alg":"HS256","typ":"JWT","kid":"${goodHeader.kid}"}`],
    ['__proto__', `{"alg":"HS256","typ":"JWT","kid":"${goodHeader.kid}","__proto__":{}}`],
    ['a blank in the JSON', `{"alg":"HS256", "typ":"JWT","kid":"${goodHeader.kid}"}`],
    ['2,900 brackets', `${'['.repeat(1_450)}${']'.repeat(1_450)}`],
  ])('with %s is refused although the MAC is right', (_, header) => {
    expect(verdict(forge(header, goodClaims()))).toEqual(refused('malformed'))
  })

  test('jose lets jku, jwk, any kid and any typ through where we do not', async () => {
    for (const more of [{ jku: 'https://evil.example' }, { jwk: {} }, { kid: 'other' }, { typ: 'at+jwt' }]) {
      const token = forge({ ...goodHeader, ...more }, goodClaims())
      expect({ more, jose: await joseAccepts(token), valid: verifyToken(token, authority).valid }).toEqual({
        more,
        jose: true,
        valid: false,
      })
    }
  })
})

describe('the signature', () => {
  test('under another secret is refused', () => {
    expect(verdict(forge(goodHeader, goodClaims(), 'another secret of good length, 32+'))).toEqual(
      refused('signature'),
    )
  })

  test('over other claims is refused', () => {
    const [, , signature] = forge(goodHeader, goodClaims()).split('.')
    const [header, payload] = forge(goodHeader, goodInvitation({ clientCode: 'globex' })).split('.')
    expect(verdict(`${header}.${payload}.${signature}`)).toEqual(refused('signature'))
  })

  test.each([0, 1, 8, 16, 31, 33])('of %i bytes is refused', (length) => {
    const [header, payload, signature = ''] = forge(goodHeader, goodClaims()).split('.')
    const mac = Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(1)]).subarray(0, length)
    expect(verdict(`${header}.${payload}.${mac.toString('base64url')}`)).toEqual(refused('signature'))
  })

  test('by a truncated or another hash is refused', () => {
    const signingInput = forge(goodHeader, goodClaims()).split('.').slice(0, 2).join('.')
    const sha512 = createHmac('sha512', jwtSecret).update(signingInput).digest()
    expect(verdict(`${signingInput}.${sha512.toString('base64url')}`)).toEqual(refused('signature'))
    expect(verdict(`${signingInput}.${sha512.subarray(0, 32).toString('base64url')}`)).toEqual(
      refused('signature'),
    )
  })

  test('is compared, like the hash of a token, in constant time only', () => {
    const files = ['src/invitations', 'src/invitations/token', 'src/keys'].flatMap((folder) =>
      readdirSync(packagePath(folder))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(packagePath(folder, name), 'utf8')),
    )
    expect(files.length).toBeGreaterThan(20)
    expect(files.filter((text) => /\.equals\(|Buffer\.compare|\.compare\(/.test(text))).toEqual([])
    const verifier = readFileSync(packagePath('src/keys/signature.ts'), 'utf8')
    expect(verifier).toContain("equalBytes(signature, createHmac('sha256', key)")
    const comparison = readFileSync(packagePath('src/keys/equal-bytes.ts'), 'utf8')
    expect(comparison).toContain('one.length === other.length && timingSafeEqual(one, other)')
  })
})

describe('the spelling', () => {
  test('of a token is the only one: no other text for the same bytes is valid', async () => {
    const token = forge(goodHeader, goodClaims())
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const last = alphabet.indexOf(token.at(-1) ?? '')
    const spellings = [
      ...[1, 2, 3].map((step) => token.slice(0, -1) + alphabet[(last & ~3) | ((last + step) & 3)]),
      `${token}=`,
      `${token} `,
      ` ${token}`,
      `${token}\n`,
      token.replace('.', ' .'),
      token.replaceAll('-', '+').replaceAll('_', '/'),
    ].filter((spelling) => spelling !== token)
    let letThrough = 0
    for (const spelling of spellings) {
      expect(verifyToken(spelling, authority).valid).toBe(false)
      if (await joseAccepts(spelling)) letThrough += 1
    }
    expect(letThrough).toBeGreaterThanOrEqual(3)
  })

  test.each([
    ['nothing', ''],
    ['two parts', 'a.b'],
    ['five parts, as in a JWE', `${forge(goodHeader, goodClaims())}.AAAA.AAAA`],
    ['dots alone', '..'],
    ['an empty payload', forge(goodHeader, '')],
    ['a payload that is no JSON', forge(goodHeader, 'acme')],
    ['a list as payload', forge(goodHeader, [])],
    ['null as payload', forge(goodHeader, 'null')],
  ])('as %s is refused', (_, token) => {
    expect(verdict(token)).toEqual(refused('malformed'))
  })

  test('of 8 MB is refused before anything is read, within a few milliseconds', async () => {
    const token = forge(goodHeader, goodClaims({ sub: 'x'.repeat(6_000_000) }))
    expect(token.length).toBeGreaterThan(8_000_000)
    const bare = process.hrtime.bigint()
    createHmac('sha256', jwtSecret).update(token).digest()
    const hashing = process.hrtime.bigint() - bare
    const start = process.hrtime.bigint()
    for (let round = 0; round < 100; round += 1) expect(verdict(token)).toEqual(refused('malformed'))
    expect(process.hrtime.bigint() - start).toBeLessThan(hashing * 100n)
  })

  test('of 4097 characters is refused, whatever is in it', () => {
    const token = forge(goodHeader, goodClaims())
    expect(verdict(token.padEnd(4_097, 'A'))).toEqual(refused('malformed'))
  })
})

describe('the payload', () => {
  const json = (claims: TokenClaims) => JSON.stringify(claims)

  test('with a name twice is refused, where jose takes the last one', async () => {
    const claims = json(goodClaims())
    const twice = [
      claims.replace('{', '{"sub":"00000000-0000-0000-0000-000000000000",'),
      claims.replace('"clientCode":"acme"', '"clientCode":"globex","clientCode":"acme"'),
    ]
    for (const payload of twice) {
      const token = forge(goodHeader, payload)
      expect(verdict(token)).toEqual(refused('malformed'))
      expect(await joseAccepts(token)).toBe(true)
    }
  })

  test.each([
    ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json(goodClaims()))])],
    ['bad UTF-8', Buffer.from(json(goodClaims()).replace('documents:read', 'documents\xff'), 'latin1')],
    [
      'an overlong UTF-8 sequence',
      Buffer.from(json(goodClaims()).replace('documents:read', '\xc0\xaf'), 'latin1'),
    ],
    ['blanks around it', ` ${json(goodClaims())} `],
    ['a line end in it', json(goodClaims()).replace(',', ',\n')],
    ['an escape that need not be', json(goodClaims()).replace('"acme"', '"\\u0061cme"')],
    ['half a surrogate pair', json(goodClaims()).replace('documents:read', '\\ud800')],
    ['exp as 1e308', json(goodClaims()).replace(/"exp":\d+/, '"exp":1e308')],
    ['exp as a fraction', json(goodClaims()).replace(/("exp":\d+)/, '$1.5')],
    ['exp as 1e10', json(goodClaims()).replace(/"exp":\d+/, '"exp":1e10')],
    ['2,000 brackets', `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
  ])('with %s is refused', (_, payload) => {
    expect(verdict(forge(goodHeader, payload))).toEqual(refused('malformed'))
  })

  test('with __proto__ is refused, at every level, and changes nothing', () => {
    const claims = json(goodClaims())
    const polluted = [
      claims.replace('{', '{"__proto__":{"polluted":true},'),
      claims.replace('"invitation":{', '"invitation":{"__proto__":{"polluted":true},'),
      claims.replace('"invitee":{', '"invitee":{"__proto__":{"polluted":true},'),
    ]
    for (const payload of polluted) expect(verdict(forge(goodHeader, payload))).toEqual(refused('malformed'))
    const restricted = claims.replace('"restrictions":{', '"restrictions":{"__proto__":{"polluted":true}')
    expect(verdict(forge(goodHeader, restricted))).toEqual(refused('restriction_unknown'))
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test.each([
    ['a claim beyond ours', goodClaims({ role: 'service_role' })],
    ['nbf, which we do not mint', goodClaims({ nbf: 0 })],
    ['no exp', goodClaims({ exp: undefined })],
    ['no iat', goodClaims({ iat: undefined })],
    ['no jti', goodClaims({ jti: undefined })],
    ['no invitation', goodClaims({ invitation: undefined })],
    ['exp as a text', goodClaims({ exp: String(seconds() + 3_600) })],
    ['exp before iat', goodClaims({ exp: seconds() - 10 })],
    ['a life of 367 days', goodClaims({ exp: seconds() + 367 * 86_400 })],
    ['a sub that is no uuid', goodClaims({ sub: 'acme' })],
    ['a sub in capitals', goodClaims({ sub: goodClaims().sub.toUpperCase().replace(/\d/g, 'A') })],
    ['a list for aud', goodClaims({ aud: ['flows.thepia.net', 'evil.example'] })],
    ['a list of just our aud', goodClaims({ aud: ['flows.thepia.net'] })],
    ['a short jti', goodClaims({ jti: 'AAAA' })],
    ['something beyond ours in the invitation', goodInvitation({ admin: true })],
    ['a client code that is none', goodInvitation({ clientCode: '../acme' })],
    ['an epoch of 0', goodInvitation({ epoch: 0 })],
    [
      'an unknown field of the invitee',
      goodInvitation({ invitee: { phone: randomBytes(40).toString('base64url') } }),
    ],
    ['a field of the invitee in clear', goodInvitation({ invitee: { fullName: 'Ada Lovelace' } })],
    [
      'a field too short for iv and tag',
      goodInvitation({ invitee: { fullName: randomBytes(28).toString('base64url') } }),
    ],
    ['a number for permissions', goodInvitation({ permissions: 1 })],
    ['a permission twice', goodInvitation({ permissions: ['read', 'read'] })],
    ['101 permissions', goodInvitation({ permissions: Array.from({ length: 101 }, String) })],
    ['a permission of 101 letters', goodInvitation({ permissions: ['x'.repeat(101)] })],
    ['no restrictions', goodInvitation({ restrictions: undefined })],
    ['null for restrictions', goodInvitation({ restrictions: null })],
    ['a list for restrictions', goodInvitation({ restrictions: [] })],
    ['a restriction of the wrong type', goodInvitation({ restrictions: { mfa: 'yes' } })],
    ['no range in a list of ranges', goodInvitation({ restrictions: { ip: [] } })],
    ['a range that is none', goodInvitation({ restrictions: { ip: ['10.0.0.0/33'] } })],
  ])('with %s is refused', (_, claims) => {
    expect(verdict(forge(goodHeader, claims))).toEqual(refused('malformed'))
  })

  test('with a restriction unknown to this version is refused: nobody could check it', () => {
    const token = forge(goodHeader, goodInvitation({ restrictions: { mfa: true, device: 'laptop' } }))
    expect(verdict(token)).toEqual(refused('restriction_unknown'))
  })

  test('of another issuer or audience is refused, to the letter', () => {
    expect(verdict(forge(goodHeader, goodClaims({ iss: 'API.thepia.com' })))).toEqual(refused('issuer'))
    expect(verdict(forge(goodHeader, goodClaims({ aud: 'flows.thepia.net/' })))).toEqual(refused('audience'))
  })

  test('is over at the second of exp, and not a moment before', () => {
    const claims = goodClaims()
    const token = forge(goodHeader, claims)
    const at = (time: number) => verifyToken(token, authority, new Date(time * 1_000))
    expect(at(claims.exp - 0.001)).toEqual({ valid: true, claims })
    expect(at(claims.exp)).toEqual({ valid: false, reason: 'expired', claims })
  })

  test('from the future is refused, but for a minute between clocks', () => {
    const claims = goodClaims()
    const token = forge(goodHeader, claims)
    const at = (time: number) => verifyToken(token, authority, new Date(time * 1_000))
    expect(at(claims.iat - 60)).toEqual({ valid: true, claims })
    expect(at(claims.iat - 61)).toEqual({ valid: false, reason: 'not_yet_valid', claims })
  })

  test('of a token whose signature is not ours is never given out', () => {
    expect(verifyToken(forge(goodHeader, goodClaims(), 'x'.repeat(32)), authority)).toEqual({
      valid: false,
      reason: 'signature',
      claims: null,
    })
  })
})
