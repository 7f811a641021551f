import { readFileSync } from 'node:fs'
import { packagePath } from '../base/package-folder.ts'

/** The version of this program, as its package says. */
export function version(): string {
  return JSON.parse(readFileSync(packagePath('package.json'), 'utf8')).version
}
