import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nearest } from '../../src/base/nearest.ts'

const names = ['acme', 'globex', 'initech', 'umbrella-corp']

test.each([
  ['acme', 'acme'],
  ['acm', 'acme'],
  ['acmee', 'acme'],
  ['globx', 'globex'],
  ['gloebx', 'globex'],
  ['umbrela-korp', 'umbrella-corp'],
  ['zzz', undefined],
  ['xcm', undefined],
  ['', undefined],
])('"%s" is nearest to %s', (typed, name) => {
  expect(nearest(typed, names)).toBe(name)
})

test('nothing is near where there is nothing', () => {
  expect(nearest('acme', [])).toBeUndefined()
})

test('a name with one letter too many, too few or wrong is always found among names unlike it', () => {
  const typo = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.constantFrom('add', 'drop', 'change'))
  fc.assert(
    fc.property(typo, ([name, at, kind]) => {
      const place = at % name.length
      const letter = kind === 'drop' ? '' : 'q'
      const rest = name.slice(kind === 'add' ? place : place + 1)
      expect(nearest(name.slice(0, place) + letter + rest, names)).toBe(name)
    }),
  )
})
