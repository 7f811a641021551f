import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { authority, goodClaims } from './forge.ts'

const token = mintToken(authority, goodClaims())
const characters = fc.constantFrom(
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é',
)
const place = fc.nat({ max: token.length - 1 })

function acceptsNone(mutation: fc.Arbitrary<string>, runs: number): void {
  fc.assert(
    fc.property(mutation, (mutant) => {
      fc.pre(mutant !== token)
      expect(verifyToken(mutant, authority).valid).toBe(false)
    }),
    { numRuns: runs },
  )
}

test('none of 2,000 tokens with one character changed is valid', () => {
  const changed = fc
    .tuple(place, characters)
    .map(([index, character]) => token.slice(0, index) + character + token.slice(index + 1))
  acceptsNone(changed, 2_000)
})

test('none of the tokens with another last character of a part is valid', () => {
  const ends = [...token.matchAll(/.(?=\.|$)/g)].map(({ index }) => index)
  expect(ends).toHaveLength(3)
  acceptsNone(
    fc
      .tuple(fc.constantFrom(...ends), characters)
      .map(([index, character]) => token.slice(0, index) + character + token.slice(index + 1)),
    500,
  )
})

test('none of the tokens with a character put in, left out or swapped is valid', () => {
  acceptsNone(
    fc.oneof(
      fc
        .tuple(place, characters)
        .map(([index, character]) => token.slice(0, index) + character + token.slice(index)),
      place.map((index) => token.slice(0, index) + token.slice(index + 1)),
      place.map((index) => token.slice(0, index)),
      place.map((index) => token.slice(index + 1)),
      place.map(
        (index) =>
          token.slice(0, index) +
          token
            .slice(index, index + 2)
            .split('')
            .reverse()
            .join('') +
          token.slice(index + 2),
      ),
    ),
    1_000,
  )
})

test('no token spliced from the parts of two good ones is valid', () => {
  const parts = [token, mintToken(authority, goodClaims())].map((text) => text.split('.'))
  for (const mix of [
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 0],
    [1, 0, 1],
  ] as const) {
    const spliced = mix.map((which, part) => parts[which]?.[part]).join('.')
    expect(verifyToken(spliced, authority).valid).toBe(spliced === token)
  }
})
