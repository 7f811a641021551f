import { expect, test } from 'vitest'
import { parseDotenv } from '../../src/config/dotenv.ts'

test('assignments are read with exports, comments, quotes and escapes', () => {
  const text = [
    '\uFEFF# settings',
    'PLAIN=one two',
    'export EXPORTED = spaced ',
    "SINGLE='a # b \\n'   # why",
    'DOUBLE="line\\nnext \\"quoted\\" \\\\"',
    'COMMENTED=value # not this',
    'HASH=a#b',
    'EMPTY=',
    'EQUALS=a=b==',
    '',
  ].join('\r\n')
  expect(parseDotenv(text, '.env')).toEqual({
    PLAIN: 'one two',
    EXPORTED: 'spaced',
    SINGLE: 'a # b \\n',
    DOUBLE: 'line\nnext "quoted" \\',
    COMMENTED: 'value',
    HASH: 'a#b',
    EMPTY: '',
    EQUALS: 'a=b==',
  })
})

test.each([
  ['A=1\nthis is no assignment', '.env, line 2 is no NAME=value'],
  ['A=1\n\n1B=2', '.env, line 3 is no NAME=value'],
  ['SECRET="open', '.env, line 1 has a quote around SECRET that is not closed'],
  ["A=1\nSECRET='open' more", '.env, line 2 has a quote around SECRET that is not closed'],
])('a line that cannot be read is refused by its number and without its value: %j', (text, message) => {
  expect(() => parseDotenv(text, '.env')).toThrow(
    expect.objectContaining({ code: 'SETTING_INVALID', message }),
  )
})
