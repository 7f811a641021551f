import { expect, test } from 'vitest'
import { parseDuration } from '../../src/base/duration.ts'
import { printable } from '../../src/base/printable.ts'

test.each([
  ['acme', 'acme'],
  ['Hvidløg 日本', 'Hvidløg 日本'],
  ['a\u001b[31mb\n', 'a?[31mb?'],
  ['x'.repeat(61), `${'x'.repeat(60)}...`],
])('%j is repeated as %j', (typed, repeated) => {
  expect(printable(typed)).toBe(repeated)
})

test('a message does not repeat pages of what was typed', () => {
  expect(() => parseDuration('7x'.repeat(1_000))).toThrow(`"${'7x'.repeat(30)}..." is not a duration`)
})
