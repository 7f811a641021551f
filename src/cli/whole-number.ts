import { FlowsError } from '../base/errors.ts'

/** The whole number that a flag's text stands for; throws USAGE for anything else, or beyond the bounds. */
export function wholeNumber(text: string, flag: string, least: number, most: number): number {
  const number = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new FlowsError('USAGE', `--${flag} must be a whole number from ${least} to ${most}`, {
    hint: `For example: --${flag} ${Math.min(most, Math.max(least, 25))}`,
  })
}
