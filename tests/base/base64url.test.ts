import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64urlLength, decodeBase64url } from '../../src/base/base64url.ts'
import { decodeWithBuffer } from '../../src/invitations/token/base64url.ts'

const characters = fc.constantFrom(
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  ...'+/= \n\t\0.éŁ😀',
)

test('the decoder for every runtime and the fast one of Node agree on every text, and so does the length', () => {
  fc.assert(
    fc.property(fc.string({ unit: characters, maxLength: 12 }), (text) => {
      const bytes = decodeBase64url(text)
      expect(bytes && Buffer.from(bytes)).toEqual(decodeWithBuffer(text))
      expect(base64urlLength(text)).toBe(bytes?.length)
    }),
    { numRuns: 20_000 },
  )
})

test('whatever Node encodes comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(decodeBase64url(Buffer.from(bytes).toString('base64url'))).toEqual(Uint8Array.from(bytes))
    }),
  )
})

test.each(['A', 'AB', 'AAB', 'AA==', 'AA=', ' AAAA', 'AAAA\n', 'AA+A', 'AA/A', 'ŁAAA', 'A\u0141AA'])(
  '%j is not the spelling of any bytes',
  (text) => {
    expect(decodeBase64url(text)).toBeUndefined()
    expect(decodeWithBuffer(text)).toBeUndefined()
    expect(base64urlLength(text)).toBeUndefined()
  },
)
