import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'

/** A month of the calendar in UTC; days are dates as text, such as "2025-01-31". */
export type Month = Readonly<{
  /** Such as "2025-01". */
  name: string
  firstDay: string
  /** The first day of the month after. */
  end: string
  days: number
}>

/** The month that a text such as "2025-01" names; throws MONTH_INVALID. */
export function parseMonth(text: string): Month {
  const [, year, month] = /^(20[0-9]{2})-(0[1-9]|1[0-2])$/.exec(text) ?? []
  if (year === undefined || month === undefined) {
    throw new FlowsError('MONTH_INVALID', `"${printable(text)}" is no month`, {
      hint: 'Write year and month, such as --month 2025-01.',
    })
  }
  return monthAt(Number(year), Number(month) - 1)
}

/** The month in which a moment lies, in UTC. */
export function monthOf(moment: Date): Month {
  return monthAt(moment.getUTCFullYear(), moment.getUTCMonth())
}

/** The month before. */
export function monthBefore({ firstDay }: Month): Month {
  const [year, month] = firstDay.split('-').map(Number) as [number, number]
  return monthAt(year, month - 2)
}

/** Every day of a month, in order. */
export function daysOf({ name, days }: Month): string[] {
  return Array.from({ length: days }, (_, day) => `${name}-${String(day + 1).padStart(2, '0')}`)
}

function monthAt(year: number, month: number): Month {
  const first = new Date(Date.UTC(year, month, 1))
  const next = new Date(Date.UTC(year, month + 1, 1))
  const firstDay = first.toISOString().slice(0, 10)
  const days = Math.round((next.getTime() - first.getTime()) / 86_400_000)
  return { name: firstDay.slice(0, 7), firstDay, end: next.toISOString().slice(0, 10), days }
}
