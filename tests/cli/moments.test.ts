import { expect, test } from 'vitest'
import { now } from '../../src/base/clock.ts'
import { parseMoment, sayMoment } from '../../src/cli/moments.ts'
import { failureOf } from '../support/failure-of.ts'

test.each([
  ['2025-01-31', '2025-01-31T00:00:00.000Z'],
  ['2025-01-31T08:30', '2025-01-31T08:30:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2025-01-31T08:30:15+01:00', '2025-01-31T07:30:15.000Z'],
])('%s is a moment, in UTC where it says no zone', (text, moment) => {
  expect(parseMoment(text, 'since').toISOString()).toBe(moment)
})

test('a duration is so long ago', () => {
  const ago = now().getTime() - parseMoment('2h', 'since').getTime()
  expect(Math.round(ago / 60_000)).toBe(120)
})

test.each([
  'yesterday',
  '2025-02-31x',
  '2025-02-31',
  '2025-02-29T08:30',
  '2025-13-01',
  '0000-01-01',
  '9999999w',
  '',
  '7',
  '01/02/2025',
])('"%s" is no moment', async (text) => {
  expect(await failureOf(() => parseMoment(text, 'until'))).toMatchObject({
    code: 'USAGE',
    message: '--until is no moment',
  })
})

test('a moment is told to the minute, in UTC', () => {
  expect(sayMoment(new Date('2025-01-31T08:30:59.999Z'))).toBe('2025-01-31 08:30Z')
})
