import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCanonicalJson, parseJson } from '../../src/base/json-text.ts'

function canonical(text: string): unknown {
  return parseCanonicalJson(new TextEncoder().encode(text))
}

/** What JSON.stringify makes of the value again, if that is the same text. */
function reserialised(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

const pieces = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '"b"',
    '"a":',
    '"b":',
    '1',
    '0',
    '12',
    '2e3',
    '2E3',
    '1.5',
    '-1',
    '+',
  ],
  ...[
    'true',
    'false',
    'null',
    ' ',
    '\n',
    '\\',
    '\\u0041',
    '"x e3 y"',
    '"é"',
    '"a":1',
    '{"a":1,"a":2}',
    '{"a":"b"}',
  ],
)

test('exactly those texts are canonical that are their own re-serialisation', () => {
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 9 }), (parts) => {
      expect(canonical(parts.join(''))).toEqual(reserialised(parts.join('')))
    }),
    { numRuns: 20_000 },
  )
  const named = fc.jsonValue().filter((value) => !/"\d+":/.test(JSON.stringify(value)))
  fc.assert(
    fc.property(
      named,
      (value) => void expect(canonical(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value))),
    ),
  )
})

test.each([
  ['a name twice', '{"a":1,"a":1}'],
  ['a name twice, one of a text', '{"a":1,"a":"1"}'],
  ['a name twice, deep', '[{"a":{"b":1,"b":2}}]'],
  ['a name twice, spelled differently', '{"a":1,"\\u0061":2}'],
  ['a blank', '{"a": 1}'],
  ['an exponent', '{"a":1e308}'],
  ['a fraction that is none', '{"a":1.0}'],
  ['minus nothing', '{"a":-0}'],
])('%s is not canonical', (_, text) => {
  expect(JSON.parse(text)).toBeDefined()
  expect(canonical(text)).toBeUndefined()
})

test('bytes that are no UTF-8, or begin with a byte order mark, are no JSON', () => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc0, 0xaf, 0x22],
    [0xef, 0xbb, 0xbf, 0x31],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
  ]) {
    expect(parseJson(Uint8Array.from(bytes))).toBeUndefined()
  }
})
