import { readFileSync } from 'node:fs'
import { packagePath } from '../../src/base/package-folder.ts'

/** A program as it is started at a terminal. */
export type Program = { name: string; command: readonly string[] }

/** Bare Node, twice; ours; and two others as npm installs them. All are JavaScript files that this Node runs. */
export function listPrograms(): Program[] {
  const node = (name: string, ...args: string[]): Program => ({ name, command: [process.execPath, ...args] })
  const ours = (...args: string[]) =>
    node(`flows-db ${args.join(' ')}`, packagePath('dist', 'cli.js'), ...args)
  return [
    node('baseline', '-e', '0'),
    node('control', '-e', '0'),
    ours('--version'),
    ours('--help'),
    ours('client:create', '--help'),
    ours('client:list'),
    node('dbmate --help', binaryOf('dbmate'), '--help'),
    node('supabase --help', binaryOf('supabase'), '--help'),
  ]
}

function binaryOf(name: string): string {
  const { bin } = JSON.parse(readFileSync(packagePath('node_modules', name, 'package.json'), 'utf8'))
  return packagePath('node_modules', name, bin[name])
}
