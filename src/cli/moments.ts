import { now } from '../base/clock.ts'
import { parseDuration } from '../base/duration.ts'
import { FlowsError } from '../base/errors.ts'

/** The moment that a flag names: a date, a date with time (UTC where it says no zone), or how long ago (7d). */
export function parseMoment(text: string, flag: string): Date {
  const isDuration = /^[0-9]+[smhdw]$/.test(text)
  const moment = isDuration ? new Date(now().getTime() - parseDuration(text) * 1_000) : readDate(text)
  const year = moment?.getUTCFullYear() ?? Number.NaN
  if (moment !== undefined && year >= 1 && year <= 9999) return moment
  throw new FlowsError('USAGE', `--${flag} is no moment`, {
    hint: `For example: --${flag} 2025-01-31, --${flag} 2025-01-31T08:30 or --${flag} 7d (seven days ago)`,
  })
}

// A day that its month does not have would be taken for one of the next month.
function readDate(text: string): Date | undefined {
  const [, day] = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(T|$)/.exec(text) ?? []
  const moment = new Date(/T[0-9:.]+$/.test(text) ? `${text}Z` : text)
  if (day === undefined || Number.isNaN(moment.getTime())) return undefined
  return new Date(day).toISOString().startsWith(day) ? moment : undefined
}

/** A moment to the minute, in UTC, as tables show it. */
export function sayMoment(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')}Z`
}
