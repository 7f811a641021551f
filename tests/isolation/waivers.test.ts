import { expect, test } from 'vitest'
import type { Leak } from '../../src/isolation/isolation-report.ts'
import { parseWaivers, waive } from '../../src/isolation/waivers.ts'

const leak: Leak = {
  family: 'rule',
  also: [],
  rule: 'view-without-invoker',
  object: 'app.totals',
  actor: 'catalogue',
  context: 'any',
  verb: null,
  title: '',
  evidence: '',
  reproduce: '',
  fix: '',
}
const waiver = {
  rule: 'view-without-invoker',
  object: 'app.totals',
  reason: 'sums only',
  expires: '2999-12-31',
}

test('a waiver takes out the leak of its rule on its object, and no other', () => {
  const other = { ...leak, object: 'app.sums' }
  expect(waive([leak, other], [waiver])).toEqual({ leaks: [other], notes: [{ ...waiver, state: 'used' }] })
})

test('a waiver may name the family', () => {
  expect(waive([leak], [{ ...waiver, rule: 'rule' }]).leaks).toEqual([])
})

test('an expired waiver does not waive, and is told', () => {
  const old = { ...waiver, expires: '2024-12-31' }
  expect(waive([leak], [old])).toEqual({ leaks: [leak], notes: [{ ...old, state: 'expired' }] })
})

test('a waiver that nothing needs is told', () => {
  expect(waive([], [waiver]).notes).toEqual([{ ...waiver, state: 'unused' }])
})

test.each([
  ['{', 'it is not JSON'],
  ['{}', 'it must be a list'],
  ['[{"rule": "read", "object": "a.b", "reason": " ", "expires": "2027-01-31"}]', 'entry 1 needs "reason"'],
  ['[null]', 'entry 1 needs "rule"'],
  [JSON.stringify([{ ...waiver, expires: 'soon' }]), 'entry 1: "expires" must be a day such as 2027-01-31'],
])('%s is no file of waivers', (text, message) => {
  expect(() => parseWaivers(text)).toThrow(
    expect.objectContaining({
      code: 'ISOLATION_WAIVERS_INVALID',
      message: `The file of waivers cannot be used: ${message}`,
    }),
  )
})

test('a file of waivers is read', () => {
  expect(parseWaivers(JSON.stringify([waiver]))).toEqual([waiver])
})
