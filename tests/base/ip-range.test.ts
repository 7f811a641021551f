import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isIpRange, parseIpRange } from '../../src/base/ip-range.ts'

const pieces = fc.constantFrom(
  '0',
  '1',
  'ff',
  'FFFF',
  '255',
  '256',
  '01',
  'g',
  ':',
  '::',
  '.',
  '1.2.3.4',
  'db8:',
  '%',
  '/',
)

test('the same addresses are addresses here and for Node', () => {
  const random = fc.array(pieces, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(random, fc.ipV4(), fc.ipV6()), (text) => {
      fc.pre(!text.includes('/') && !text.includes('%'))
      expect(isIpRange(text)).toBe(isIP(text) !== 0)
    }),
    { numRuns: 10_000 },
  )
})

test.each([
  ['192.0.2.0/24', 'c0000200', 24],
  ['0.0.0.0/0', '00000000', 0],
  ['198.51.100.7', 'c6336407', 32],
  ['2001:db8::/32', '20010db8000000000000000000000000', 32],
  ['::', '00000000000000000000000000000000', 128],
  ['1::', '00010000000000000000000000000000', 128],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201', 128],
  ['1:2:3:4:5:6:7:8/0', '00010002000300040005000600070008', 0],
])('%s is read', (text, bytes, bits) => {
  expect(parseIpRange(text)).toEqual({ bytes: [...Buffer.from(bytes, 'hex')], bits })
})

test.each([
  '',
  '1.2.3',
  '1.2.3.4/33',
  '1.2.3.4/01',
  '1.2.3.4/',
  '1.2.3.4/8/8',
  '010.0.0.1',
  '::/129',
  'fe80::1%eth0',
  '1::2::3',
  ':1',
  '1:',
  '0x7f.1',
])('%j is no range', (text) => {
  expect(parseIpRange(text)).toBeUndefined()
})
