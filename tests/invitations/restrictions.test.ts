import { expect, test } from 'vitest'
import { parseRestrictions, restrictionFault } from '../../src/invitations/restrictions.ts'

test('restrictions are read as they are written, in any order, once or again', () => {
  expect(parseRestrictions([])).toEqual({})
  expect(
    parseRestrictions([
      'mfa=true',
      'domain=Acme.example',
      'ip=10.0.0.0/8,2001:db8::/32',
      'domain=acme.example,b.example',
    ]),
  ).toEqual({ mfa: true, domain: ['acme.example', 'b.example'], ip: ['10.0.0.0/8', '2001:db8::/32'] })
})

test.each([
  'mfa',
  'mfa=false',
  'mfa=true,true',
  'domain=',
  'domain=acme',
  'domain=ada@acme.example',
  'domain=-acme.example',
  'ip=',
  'ip=10.0.0',
  'ip=10.0.0.0/33',
  'ip=10.0.0.0/08',
  'ip=2001:db8::/129',
  'ip=fe80::1%eth0',
  'ip=10.0.0.0/8/8',
  'device=laptop',
  '__proto__=true',
  'constructor=true',
  '=true',
  '',
  `ip=${Array.from({ length: 21 }, (_, index) => `10.0.0.${index}`).join()}`,
])('"%s" is no restriction, and is not repeated in the error', (text) => {
  expect(() => parseRestrictions([text])).toThrow(
    expect.objectContaining({
      code: 'INVITATION_RESTRICTION_INVALID',
      message: 'A restriction is unknown or has a value it cannot have',
    }),
  )
})

test('a name that is unknown here is told from a value that is wrong', () => {
  expect(restrictionFault({ mfa: true })).toBeUndefined()
  expect(restrictionFault({ device: 'laptop' })).toBe('restriction_unknown')
  expect(restrictionFault({ mfa: 1 })).toBe('malformed')
  expect(restrictionFault(JSON.parse('{"__proto__":true}'))).toBe('restriction_unknown')
})
