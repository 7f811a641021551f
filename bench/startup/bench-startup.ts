import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../../scripts/run-tool.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { type Comparison, compare, type Session } from '../harness.ts'
import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { randomFrom } from '../statistics.ts'
import { listPrograms } from './programs.ts'
import { reportStartup } from './report-startup.ts'
import { wholeProcess } from './whole-process.ts'

/** Measures whole processes from start to end, from a fresh build, and gives the report. */
export async function benchStartup({ rounds, quick, progress }: BenchOptions): Promise<string> {
  progress('Building dist/')
  const built = await runProgram(process.execPath, ['--import', 'tsx', 'scripts/build.ts'])
  if (built.status !== 0) throw new Error(`dist/ could not be built:\n${built.output}`)
  const effort = quick
    ? { rounds: rounds ?? 3, sessions: 1, mostSessions: 1 }
    : { rounds: rounds ?? 10, sessions: 1, mostSessions: 4 }
  const comparison = await inFolder(async (folder) => {
    const subjects = listPrograms().map((program) => wholeProcess(program, folder))
    progress('Starting each program for the first time, which sets the database up')
    for (const { measure } of subjects) await measure()
    progress('Measuring')
    const session: Session = { subjects, close: () => Promise.resolve() }
    return compare(() => Promise.resolve(session), { ...effort, random: randomFrom(1) })
  })
  return reportStartup(comparison, `${describeMachine()}, load ${sayLoad()}`)
}

async function inFolder(work: (folder: string) => Promise<Comparison>): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-bench-'))
  try {
    return await work(folder)
  } finally {
    await resetEmbedded({ folder: join(folder, '.flows-db') })
    rmSync(folder, { recursive: true, force: true })
  }
}
