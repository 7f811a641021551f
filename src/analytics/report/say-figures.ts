import { sayDuration } from '../../base/duration.ts'
import { sayCount } from '../../base/say-count.ts'
import type { ApiFigures } from '../figures.ts'

/** A number with its thousands apart; a dash where there is none. */
export function sayNumber(value: number | null): string {
  return value === null ? '-' : value.toLocaleString('en')
}

/** A share in percent, to a tenth below ten: "0.4 %", "37 %"; a dash where there is none. */
export function sayShare(share: number | null): string {
  if (share === null) return '-'
  const percent = share * 100
  return `${percent < 10 ? Math.round(percent * 10) / 10 : Math.round(percent)} %`
}

/** Milliseconds, or seconds from a thousand on: "12 ms", "2.5 s"; a dash where there are none. */
export function sayMilliseconds(value: number | null): string {
  if (value === null) return '-'
  return value < 1_000 ? `${Math.round(value)} ms` : `${Math.round(value / 100) / 10} s`
}

/** How long half of the invited took to redeem. */
export function sayMedian(seconds: number | null): string {
  return seconds === null ? '-' : sayDuration(Math.max(seconds, 1))
}

/** How a figure changed against the month before: "+12 %", "-3 %", "new", or nothing where there is nothing to compare. */
export function sayChange(value: number | null, before: number | null): string {
  if (value === null || before === null || (value === 0 && before === 0)) return ''
  if (before === 0) return 'new'
  const change = Math.round(((value - before) / before) * 100)
  return `${change >= 0 ? '+' : ''}${change} %`
}

/** When files reach the limit: "full", "full in 12 days", "not filling up". */
export function sayFull(days: number | null): string {
  if (days === null) return 'not filling up'
  if (days === 0) return 'full'
  return days > 3_650 ? 'full in over 10 years' : `full in ${sayCount(days, 'day')}`
}

/** A row for each kind of call: its name, calls, share of errors, p50, p95 and p99. */
export function sayKinds(figures: Readonly<Record<string, ApiFigures>>): string[][] {
  return Object.entries(figures).map(([kind, { calls, errorRate, p50Ms, p95Ms, p99Ms }]) => [
    kind === '_none' ? '(none named)' : kind === '_other' ? '(not installed)' : kind,
    sayNumber(calls),
    sayShare(errorRate),
    ...[p50Ms, p95Ms, p99Ms].map(sayMilliseconds),
  ])
}
