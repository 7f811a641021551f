import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { restrictionFault } from '../../src/invitations/restrictions.ts'
import type { TokenClaims } from '../../src/invitations/token/claims.ts'
import { knownTerms } from '../../src/invitations/token/known-terms.ts'
import { readMinted } from '../../src/invitations/token/minted-payload.ts'
import { readClaims } from '../../src/invitations/token/read-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { authority, forge, goodClaims, goodHeader } from './forge.ts'

const fields = fc.record(
  {
    fullName: fc.integer({ min: 29, max: 1_052 }),
    companyEmail: fc.integer({ min: 29, max: 1_052 }),
    privateEmail: fc.integer({ min: 29, max: 1_052 }),
  },
  { requiredKeys: [] },
)
const restrictions = fc.record(
  {
    address: fc.constant(true),
    domain: fc.uniqueArray(fc.constantFrom('acme.example', 'b.example'), { minLength: 1 }),
    ip: fc.uniqueArray(fc.constantFrom('192.0.2.0/24', '2001:db8::/32', '::ffff:1.2.3.4'), { minLength: 1 }),
    mfa: fc.constant(true),
  },
  { requiredKeys: [] },
)

/** The payload of every kind of token that we mint. */
const minted = fc
  .record({
    lengths: fields,
    restrictions,
    permissions: fc.uniqueArray(fc.constantFrom('documents:read', 'a b', "x'y", 'tasks-2.all'), {
      maxLength: 4,
    }),
    notBefore: fc.boolean(),
  })
  .map(({ lengths, notBefore, ...terms }) => {
    const { invitation, iat, exp, jti, ...names } = goodClaims({ sub: randomUUID() })
    const sealed = Object.entries(lengths).map(([name, bytes]) => [
      name,
      randomBytes(bytes).toString('base64url'),
    ])
    const invitee = Object.fromEntries(sealed)
    return {
      ...names,
      iat,
      ...(notBefore ? { nbf: iat + 1 } : {}),
      exp,
      jti,
      invitation: { ...invitation, invitee, ...terms },
    }
  })

test('every payload that we mint is read by its spelling, to the same claims as by its JSON', () => {
  fc.assert(
    fc.property(minted, (claims) => {
      const json = JSON.stringify(claims)
      expect(readMinted(json)).toEqual(claims)
      expect(readClaims(Buffer.from(json))).toEqual(claims)
    }),
    { numRuns: 500 },
  )
})

/** Ways in which a payload may be changed; what is put in is what makes JSON another or no JSON. */
function mutants(json: string): fc.Arbitrary<string> {
  const place = fc.nat({ max: json.length - 1 })
  const strange = [
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    ' ',
    '0',
    '1',
    'e',
    '.',
    '-',
    'A',
    'z',
    '\u00e9',
    '\n',
    '\0',
  ]
  const inserted = fc.constantFrom(
    ...strange,
    '"nbf":1,',
    ',"mfa":true',
    '"mfa":true,',
    '"permissions":[],',
    ',"restrictions":{}',
    '"device":"x"',
    ',"a"',
    'null',
    '\\u0041',
  )
  return fc.oneof(
    fc.tuple(place, inserted).map(([at, more]) => json.slice(0, at) + more + json.slice(at)),
    fc.tuple(place, inserted).map(([at, more]) => json.slice(0, at) + more + json.slice(at + 1)),
    fc.tuple(place, fc.nat({ max: 60 })).map(([at, count]) => json.slice(0, at) + json.slice(at + count)),
    fc.tuple(place, place, fc.nat({ max: 60 })).map(([to, from, count]) => {
      return json.slice(0, to) + json.slice(from, from + count) + json.slice(to)
    }),
    fc
      .constantFrom(...(json.match(/\d+/g) ?? []))
      .chain((digits) =>
        fc.bigInt({ min: 0n, max: 10n ** 17n }).map((number) => json.replace(digits, String(number))),
      ),
  )
}

test('of 20,000 changed payloads none is taken by its spelling that its JSON would have refused, or read otherwise', () => {
  let taken = 0
  fc.assert(
    fc.property(
      minted.chain((claims) => mutants(JSON.stringify(claims))),
      (text) => {
        const bytes = Buffer.from(text)
        const found = readMinted(bytes.toString('latin1'))
        if (found === undefined) return
        taken += 1
        expect(found).toEqual(readClaims(bytes))
        expect(restrictionFault(found.invitation.restrictions)).toBeUndefined()
      },
    ),
    { numRuns: 20_000 },
  )
  // A changed letter of a ciphertext is as good as the one before: else nothing would have been compared.
  expect(taken).toBeGreaterThan(1_000)
}, 120_000)

test('whatever is signed, however it is spelled, the verdict is the one that its JSON deserves', () => {
  const texts = [
    JSON.stringify(goodClaims()),
    JSON.stringify(goodClaims()).replace('"restrictions":{}', '"restrictions":{"mfa":true,"mfa":true}'),
    JSON.stringify(goodClaims()).replace('"restrictions":{}', '"restrictions":{"device":"x"}'),
    JSON.stringify(goodClaims()).replace('"documents:read"', '"a","a"'),
    JSON.stringify(goodClaims()).replace('"documents:read"', '"dossiers:gelöscht"'),
    JSON.stringify(goodClaims()).replace('"epoch":1', '"epoch":9007199254740993'),
    JSON.stringify(goodClaims()).replace('}}}', '}}},"x":{"y":{}}}'),
  ]
  const verdicts = texts.map((text) => {
    const verdict = verifyToken(forge(goodHeader, text), authority)
    return verdict.valid ? 'valid' : verdict.reason
  })
  expect(verdicts).toEqual([
    'valid',
    'malformed',
    'restriction_unknown',
    'malformed',
    'valid',
    'malformed',
    'malformed',
  ])
})

test('terms are remembered by what they say: a name in other letters, or more of it, is another text', () => {
  const text = '"permissions":["documents:read"],"restrictions":{"mfa":true}'
  const terms = knownTerms(text)
  expect(terms).toEqual({ permissions: ['documents:read'], restrictions: { mfa: true } })
  expect(knownTerms(Buffer.from(text).toString())).toBe(terms)
  expect(knownTerms(text.replace('true', 'false'))).toBeUndefined()
  expect(knownTerms(`${text} `)).toBeUndefined()
  const permissions = terms?.permissions as string[]
  expect(() => permissions.push('admin')).toThrow(TypeError)
  for (let number = 0; number < 1_000; number += 1) {
    knownTerms(`"permissions":["p${number}"],"restrictions":{}`)
  }
  expect(knownTerms(text)).toEqual(terms)
})

test('of all claims that are out of bounds none is read by its spelling', () => {
  const { invitation, ...claims } = goodClaims()
  const wrong: unknown[] = [
    { ...claims, exp: claims.iat, invitation },
    { ...claims, iat: 0, invitation },
    { ...claims, exp: 253_402_300_800, iat: 253_402_300_799, invitation },
    { ...claims, invitation: { ...invitation, clientCode: 'a'.repeat(51) } },
    { ...claims, invitation: { ...invitation, appCode: 'a'.repeat(51) } },
    { ...claims, invitation: { ...invitation, invitee: { fullName: 'A'.repeat(38) } } },
    { ...claims, invitation: { ...invitation, invitee: { fullName: 'A'.repeat(1_404) } } },
    { ...claims, invitation: { ...invitation, invitee: { fullName: `${'A'.repeat(38)}B` } } },
    { ...claims, invitation: { ...invitation, permissions: ['x'.repeat(101)] } },
    { ...claims, invitation: { ...invitation, permissions: ['x', 'x'] } },
    { ...claims, invitation: { ...invitation, restrictions: { mfa: false } } },
  ]
  for (const each of wrong) {
    expect({ each, read: readMinted(JSON.stringify(each as TokenClaims)) }).toEqual({ each, read: undefined })
  }
})
