import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { importJWK, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import type { TokenAuthority } from '../../src/invitations/token/authority.ts'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { verifyInvitation } from '../../src/verify/verify-invitation.ts'
import type { WebJwk } from '../../src/verify/web-key.ts'
import { authorities, authorityOf, forgeWith } from '../invitations/authorities.ts'
import { goodClaims, goodInvitation } from '../invitations/forge.ts'
import { failureOf } from '../support/failure-of.ts'
import { programPath } from '../support/flows-db.ts'

const expected = { issuer: 'api.thepia.com', audience: 'flows.thepia.net' }

/** What keys:export prints of an authority, or for HS256 its secret as a JWK. */
function jwksOf({ signingKey: { publicJwk, kid, alg, key } }: TokenAuthority): { keys: WebJwk[] } {
  return { keys: [publicJwk ?? { ...(key.export({ format: 'jwk' }) as WebJwk), kid, alg }] }
}

const built = readFileSync(join(dirname(await programPath()), 'verify.js'), 'utf8')

/** The built module where there is nothing but what browsers, Deno and edge functions have as well. */
function runWithWebGlobals(): typeof verifyInvitation {
  const text = built.replace(
    /export\s*\{\s*(\w+) as verifyInvitation\s*\};?/,
    'globalThis.verifyInvitation = $1;',
  )
  const { crypto, TextDecoder, TextEncoder } = globalThis
  const context: Record<string, unknown> = { crypto, TextDecoder, TextEncoder }
  runInNewContext(text, context)
  return context.verifyInvitation as typeof verifyInvitation
}

test('the built module is at most 15 KB gzipped, in one file that imports nothing', () => {
  expect(gzipSync(built, { level: 9 }).length).toBeLessThan(15 * 1_024)
  expect(built).not.toMatch(/\bimport\b|\brequire\b|\bBuffer\b|\bprocess\b/)
  const { exports } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'))
  expect(exports['./verify']).toEqual({
    types: './dist/verify/verify-invitation.d.ts',
    default: './dist/verify.js',
  })
})

describe.each(authorities)('%s', (_, authority) => {
  const jwks = jwksOf(authority)

  test('the built module verifies a token with web globals alone, and refuses a changed one', async () => {
    const verify = runWithWebGlobals()
    const claims = goodClaims()
    const token = mintToken(authority, claims)
    expect(await verify(token, { ...expected, jwks })).toEqual({ valid: true, claims })
    expect(await verify(token, { ...expected, keys: jwks.keys })).toMatchObject({ valid: true })
    expect(await verify(`${token.slice(0, -8)}AAAAAAAA`, { ...expected, jwks })).toMatchObject({
      valid: false,
      reason: 'signature',
      claims: null,
    })
  })

  test('it says of every token what the validator of Node says', async () => {
    const good = goodClaims()
    const tokens = [
      mintToken(authority, good),
      mintToken(authorityOf('ES256'), good),
      ...[
        goodClaims({ iss: 'somebody' }),
        goodClaims({ aud: 'else' }),
        goodClaims({ exp: good.iat - 1, iat: good.iat - 2 }),
        goodClaims({ iat: good.iat + 100, exp: good.iat + 200 }),
        goodClaims({ role: 'service_role' }),
        goodInvitation({ restrictions: { device: 'laptop' } }),
        goodInvitation({ restrictions: { ip: ['10.0.0.0/33'] } }),
        `${JSON.stringify(good)} `,
        JSON.stringify(good).replace('{', '{"sub":"x",'),
        '[]',
        'x',
        '',
      ].map((payload) => forgeWith(authority, payload)),
      forgeWith(authority, good, { alg: authority.signingKey.alg, typ: 'JWT', kid: 'other' }),
      forgeWith(authority, good, { alg: 'none', typ: 'JWT', kid: authority.signingKey.kid }),
      forgeWith(authority, good, { alg: authority.signingKey.alg, kid: authority.signingKey.kid }),
      'a.b',
      '',
      'A'.repeat(8_000_000),
    ]
    for (const token of tokens) {
      const at = new Date()
      expect(await verifyInvitation(token, { ...expected, jwks, now: at })).toEqual(
        verifyToken(token, authority, at),
      )
    }
  })

  test('none of 300 tokens with one character changed is valid', async () => {
    const token = mintToken(authority, goodClaims())
    const changed = fc
      .tuple(fc.nat({ max: token.length - 1 }), fc.constantFrom(...'ABYZabyz0189-_.= '))
      .map(([at, character]) => token.slice(0, at) + character + token.slice(at + 1))
    await fc.assert(
      fc.asyncProperty(changed, async (mutant) => {
        fc.pre(mutant !== token)
        expect((await verifyInvitation(mutant, { ...expected, jwks })).valid).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('a token of the same shape that jose made is valid, for both validators', async () => {
    const { alg, kid, signingKey } = authority.signingKey
    const key = await importJWK(signingKey.export({ format: 'jwk' }), alg)
    const claims = goodClaims()
    for (let turn = 0; turn < 20; turn += 1) {
      const token = await new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: 'JWT', kid }).sign(key)
      // jose mints either s, of which only the low one is ours.
      const verdict = await verifyInvitation(token, { ...expected, jwks })
      expect(verdict).toEqual(verifyToken(token, authority))
      if (alg !== 'ES256') expect(verdict).toEqual({ valid: true, claims })
    }
  })
})

test('keys that cannot be used are passed over, and a token of theirs is refused', async () => {
  const [, [, authority]] = authorities as unknown as [unknown, [string, TokenAuthority]]
  const token = mintToken(authority, goodClaims())
  const [key] = jwksOf(authority).keys
  const verdict = (...keys: WebJwk[]) => verifyInvitation(token, { ...expected, keys })
  expect(await verdict({ kty: 'RSA', kid: 'rsa' }, { ...key })).toMatchObject({ valid: true })
  const { kid: _, ...nameless } = { ...key }
  const bad = [
    { use: 'enc' },
    { alg: 'ES384' },
    { key_ops: ['sign'] },
    { crv: 'P-384' },
    { kty: 'OKP' },
    { x: 'AAAA' },
  ]
  for (const change of [nameless, ...bad.map((more) => ({ ...key, ...more }))]) {
    expect(await verdict(change)).toMatchObject({ valid: false, reason: 'signature' })
  }
  expect(await verdict()).toMatchObject({ valid: false, reason: 'signature' })
})

test('two keys of the same kid, and secrets among public keys, are refused', async () => {
  const [one, two] = authorities.map(([, authority]) => jwksOf(authority).keys[0] as WebJwk)
  for (const keys of [
    [two, two],
    [one, two],
  ] as WebJwk[][]) {
    expect(await failureOf(verifyInvitation('', { ...expected, keys }))).toMatchObject({
      code: 'KEY_NOT_FIT',
      message: 'The set has two keys of the same kid, or mixes secrets with public keys',
    })
  }
})
