import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Cost, Subject } from '../harness.ts'
import type { Program } from './programs.ts'

const run = promisify(execFile)

/** How many starts make a block: bash tells times to the millisecond. */
const starts = 5

/** A subject whose block starts a whole process several times: milliseconds of one start, wall and CPU with its children. */
export function wholeProcess({ name, command }: Program, folder: string): Subject {
  return { name, measure: () => timeStarts(command, folder) }
}

async function timeStarts(command: readonly string[], folder: string): Promise<Cost> {
  const script = `
    TIMEFORMAT='%3R %3U %3S'
    time for turn in {1..${starts}}; do "$@" </dev/null >/dev/null 2>&1 || exit 1; done`
  const { stderr } = await run('bash', ['-c', script, 'bash', ...command], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: folder },
  })
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number)
  return { wall: (wall * 1_000) / starts, cpu: ((user + system) * 1_000) / starts }
}
