import { FlowsError } from './errors.ts'
import { printable } from './printable.ts'
import { sayCount } from './say-count.ts'

const secondsIn = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

/**
 * Seconds in a duration such as "90s", "30m", "12h", "7d" or "2w"; throws DURATION_INVALID for anything else, naming the
 * flag that it stood at if that is given.
 */
export function parseDuration(text: string, flag?: string): number {
  const match = /^([1-9][0-9]{0,6})([smhdw])$/.exec(text)
  const [, count, unit] = match ?? []
  if (count === undefined || unit === undefined) {
    throw new FlowsError(
      'DURATION_INVALID',
      `${flag === undefined ? '' : `--${flag}: `}"${printable(text)}" is not a duration`,
      {
        hint: 'Write a whole number and a unit: 90s, 30m, 12h, 7d or 2w.',
      },
    )
  }
  return Number(count) * secondsIn[unit as keyof typeof secondsIn]
}

/** The largest whole unit of a number of seconds, as people say it: "7 days", "1 hour". */
export function sayDuration(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ] as const
  const [size, name] = units.find(([size]) => seconds >= size) ?? [1, 'second']
  return sayCount(Math.floor(seconds / size), name)
}
