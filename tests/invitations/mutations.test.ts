import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { authorities } from './authorities.ts'
import { goodClaims } from './forge.ts'

const characters = fc.constantFrom(
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é',
)

/** What a header may be made to say; none is the one of our tokens. */
const headers = fc.record(
  {
    alg: fc.constantFrom('none', 'HS256', 'HS384', 'ES256', 'ES384', 'EdDSA', 'RS256', 'hs256', ''),
    typ: fc.constantFrom('JWT', 'jwt', 'at+jwt', ''),
    kid: fc.oneof(fc.string({ maxLength: 20 }), fc.constant('__proto__')),
    jku: fc.webUrl(),
    crit: fc.constant(['exp']),
    b64: fc.boolean(),
    zip: fc.constant('DEF'),
  },
  { requiredKeys: ['alg'] },
)

/** Every way in which a good token, or two of them, may be changed; some give the token itself again. */
function mutantsOf(token: string, other: string): fc.Arbitrary<string> {
  const place = fc.nat({ max: token.length - 1 })
  const [parts, otherParts] = [token.split('.'), other.split('.')]
  const part = fc.nat({ max: 2 })
  const inPart = (change: (bytes: Buffer, at: number) => Buffer) =>
    fc.tuple(part, fc.nat()).map(([index, at]) => {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url')
      return replaced(parts, index, change(bytes, at % bytes.length).toString('base64url'))
    })
  return fc.oneof(
    fc
      .tuple(place, characters)
      .map(([at, character]) => token.slice(0, at) + character + token.slice(at + 1)),
    fc.tuple(place, characters).map(([at, character]) => token.slice(0, at) + character + token.slice(at)),
    fc
      .tuple(place, fc.integer({ min: 1, max: 40 }))
      .map(([at, count]) => token.slice(0, at) + token.slice(at + count)),
    place.map((at) => token.slice(0, at)),
    place.map((at) => token.slice(at + 1)),
    fc.tuple(place, place).map(([at, from]) => token.slice(0, at) + other.slice(from)),
    fc.tuple(part, fc.nat({ max: 7 })).chain(([, bit]) =>
      inPart((bytes, at) => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        return bytes
      }),
    ),
    inPart((bytes, at) => bytes.subarray(0, at)),
    inPart((bytes, at) => Buffer.concat([bytes, bytes.subarray(at)])),
    part.map((index) => replaced(parts, index, otherParts[index] ?? '')),
    headers.map((header) => replaced(parts, 0, Buffer.from(JSON.stringify(header)).toString('base64url'))),
    fc.constantFrom('=', '==', ' ', '\n', '.', '.AAAA').map((tail) => token + tail),
    part.map((index) =>
      replaced(parts, index, Buffer.from(parts[index] ?? '', 'base64url').toString('base64')),
    ),
    part.map((index) => replaced(parts, index, Buffer.from(parts[index] ?? '', 'base64url').toString('hex'))),
    part.map((index) => replaced(parts, index, `${parts[index]}\u0000`)),
    fc
      .shuffledSubarray([0, 1, 2], { minLength: 3 })
      .map((order) => order.map((index) => parts[index]).join('.')),
  )
}

function replaced(parts: readonly string[], index: number, text: string): string {
  return parts.with(index, text).join('.')
}

describe.each(authorities)('%s', (_, authority) => {
  const token = mintToken(authority, goodClaims())
  const other = mintToken(authority, goodClaims())

  test('none of 10,000 mutated tokens is valid', () => {
    let mutants = 0
    fc.assert(
      fc.property(mutantsOf(token, other), (mutant) => {
        fc.pre(mutant !== token && mutant !== other)
        mutants += 1
        expect(verifyToken(mutant, authority).valid).toBe(false)
      }),
      { numRuns: 10_000, maxSkipsPerRun: 10 },
    )
    expect(mutants).toBeGreaterThanOrEqual(10_000)
    expect(verifyToken(token, authority).valid).toBe(true)
  }, 120_000)

  test('no other last character of a part is valid', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const { index } of token.matchAll(/.(?=\.|$)/g)) {
      for (const character of alphabet) {
        const changed = token.slice(0, index) + character + token.slice(index + 1)
        expect({ changed, valid: verifyToken(changed, authority).valid }).toEqual({
          changed,
          valid: changed === token,
        })
      }
    }
  })

  test('no token spliced from the parts of two good ones is valid', () => {
    const parts = [token, other].map((text) => text.split('.'))
    for (const mix of [
      [0, 1, 0],
      [0, 0, 1],
      [1, 1, 0],
      [1, 0, 1],
    ]) {
      const spliced = mix.map((which, part) => parts[which]?.[part]).join('.')
      expect(verifyToken(spliced, authority).valid).toBe(spliced === token || spliced === other)
    }
  })
})
