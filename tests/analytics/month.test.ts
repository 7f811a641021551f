import { expect, test } from 'vitest'
import { daysOf, monthBefore, monthOf, parseMonth } from '../../src/analytics/month.ts'
import { failureOf } from '../support/failure-of.ts'

test('a month knows its days and the month before', () => {
  expect(parseMonth('2024-02')).toEqual({
    name: '2024-02',
    firstDay: '2024-02-01',
    end: '2024-03-01',
    days: 29,
  })
  expect(monthBefore(parseMonth('2025-01')).name).toBe('2024-12')
  expect(parseMonth('2025-12').end).toBe('2026-01-01')
  expect(daysOf(parseMonth('2025-02')).at(-1)).toBe('2025-02-28')
})

test('a moment lies in the month that it is in UTC', () => {
  expect(monthOf(new Date('2025-01-31T23:59:59.999Z')).name).toBe('2025-01')
  expect(monthOf(new Date('2025-02-01T01:00:00+02:00')).name).toBe('2025-01')
})

test.each(['2025-13', '2025-1', '2025', 'January', '2025-01-01', ''])('"%s" is no month', async (text) => {
  expect(await failureOf(() => parseMonth(text))).toEqual({
    code: 'MONTH_INVALID',
    message: `"${text}" is no month`,
    hint: 'Write year and month, such as --month 2025-01.',
  })
})
