import { expect, test } from 'vitest'
import type { Restrictions } from '../../src/invitations/restrictions.ts'
import { isInRange, unmetRestriction } from '../../src/invitations/unmet-restriction.ts'

const kate = { companyEmail: 'kate@acme.example', privateEmail: 'Kate@Home.example' }

test.each([
  ['192.0.2.7', '192.0.2.0/24', true],
  ['192.0.3.7', '192.0.2.0/24', false],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.8', '192.0.2.7', false],
  ['::ffff:192.0.2.7', '192.0.2.0/24', true],
  ['::FFFF:C000:0207', '192.0.2.0/24', true],
  ['192.0.2.7', '::ffff:192.0.2.0/120', true],
  ['10.200.0.1', '10.128.0.0/9', true],
  ['10.127.0.1', '10.128.0.0/9', false],
  ['2001:db8::1', '2001:db8::/32', true],
  ['2001:db9::1', '2001:db8::/32', false],
  ['192.0.2.7', '0.0.0.0/0', true],
  ['2001:db8::1', '0.0.0.0/0', false],
  ['192.0.2.7', '::/0', true],
  ['192.0.2.0/24', '192.0.2.0/24', false],
  ['192.0.2.07', '192.0.2.0/24', false],
  ['', '0.0.0.0/0', false],
])('%s in %s: %s', (address, range, inside) => {
  expect(isInRange(address, range)).toBe(inside)
})

test('a bound address is met in either of its forms, normalised, and by no look-alike', () => {
  const met = (address: string) => unmetRestriction({ address: true }, { address }, kate)
  expect([met('KATE@ACME.example'), met(' kate@home.example ')]).toEqual([undefined, undefined])
  for (const other of ['\u212aate@acme.example', 'kate\u200b@acme.example', 'k\u0430te@acme.example', '']) {
    expect(met(other)).toBe('restriction_address')
  }
  expect(unmetRestriction({ address: true }, { address: 'kate@acme.example' })).toBe('restriction_address')
})

test.each<[Restrictions, object, string | undefined]>([
  [{ domain: ['acme.example'] }, { address: 'any.one@ACME.example' }, undefined],
  [{ domain: ['acme.example'] }, { address: 'x@mail.acme.example' }, 'restriction_domain'],
  [{ domain: ['acme.example'] }, { address: 'x@acme.example@evil.example' }, 'restriction_domain'],
  [{ domain: ['acme.example'] }, {}, 'restriction_domain'],
  [{ ip: ['192.0.2.0/24', '2001:db8::/32'] }, { ip: '2001:db8::9' }, undefined],
  [{ ip: ['192.0.2.0/24'] }, {}, 'restriction_ip'],
  [{ mfa: true }, { mfa: true }, undefined],
  [{ mfa: true }, {}, 'restriction_mfa'],
  [{ mfa: true, ip: ['192.0.2.7'] }, { ip: '192.0.2.7' }, 'restriction_mfa'],
  [{ device: 'laptop' } as Restrictions, {}, 'restriction_unknown'],
  [{ mfa: false } as unknown as Restrictions, { mfa: true }, 'restriction_unknown'],
  [{}, {}, undefined],
])('%j held against %j: %s', (restrictions, redeemer, unmet) => {
  expect(unmetRestriction(restrictions, redeemer)).toBe(unmet)
})
