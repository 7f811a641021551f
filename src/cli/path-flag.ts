import { resolve } from 'node:path'
import { FlowsError } from '../base/errors.ts'

/** The whole path that a flag names, or undefined; throws USAGE for an empty one, which would be the present folder. */
export function pathOf(flag: string, text: string | undefined): string | undefined {
  if (text === '') {
    throw new FlowsError('USAGE', `--${flag} is empty`, { hint: 'Name a path, or leave the flag out.' })
  }
  return text === undefined ? undefined : resolve(text)
}
