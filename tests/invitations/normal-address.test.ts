import { expect, test } from 'vitest'
import { normalAddress } from '../../src/invitations/normal-address.ts'

test.each([
  ['Ada@ACME.example', 'ada@acme.example'],
  ['  ada@acme.example\t', 'ada@acme.example'],
  ['jose\u0301@acme.example', 'jos\u00e9@acme.example'],
  ['JOS\u00c9@acme.example', 'jos\u00e9@acme.example'],
  ['ada@B\u00dcCHER.example', 'ada@xn--bcher-kva.example'],
  ['ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
])('%j reads %j', (text, normal) => {
  expect(normalAddress(text)).toBe(normal)
})

test.each([
  ['KELVIN SIGN', '\u212aate@acme.example'],
  ['LATIN SMALL LETTER LONG S', 'jame\u017f@acme.example'],
  ['a fullwidth letter', '\uff41da@acme.example'],
  ['a ligature', '\ufb01n@acme.example'],
  ['a dotted capital I', '\u0130da@acme.example'],
  ['a fullwidth full stop in the domain', 'ada@acme\uff0eexample'],
  ['a zero-width space', 'a\u200bda@acme.example'],
  ['a zero-width space at the end', 'ada@acme.example\u200b'],
  ['a byte order mark in front', '\ufeffada@acme.example'],
  ['a soft hyphen', 'a\u00adda@acme.example'],
  ['a right-to-left override', '\u202eada@acme.example'],
  ['a control', 'a\u0000da@acme.example'],
  ['a line end', 'ada@acme.example\nbob@acme.example'],
  ['a blank inside', 'a da@acme.example'],
  ['no mailbox', '@acme.example'],
  ['no domain', 'ada@'],
  ['two at signs', 'ada@acme@example'],
  ['nothing', ''],
])('%s makes it no address', (_, text) => {
  expect(normalAddress(text)).toBeUndefined()
})

test('a Cyrillic letter stays another letter', () => {
  expect(normalAddress('\u0430da@acme.example')).not.toBe(normalAddress('ada@acme.example'))
})
