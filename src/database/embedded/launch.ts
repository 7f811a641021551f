import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { pause, ticks } from '../../base/clock.ts'
import type { Engine } from './engine.ts'
import { readLog, startFailure, tellsTakenPort } from './failures.ts'
import { isServing, type Postmaster, readPostmaster } from './postmaster.ts'

/** Milliseconds given to a start, the recovery after a crash included. */
const patience = 300_000

/** A log above this size (bytes) is begun anew. */
const longestLog = 1_048_576

/**
 * Starts a server that outlives this process, and waits until it accepts connections.
 * Undefined if its port was taken meanwhile; throws EMBEDDED_START_FAILED or EMBEDDED_DISK_FULL.
 */
export async function launch(
  dataFolder: string,
  logFile: string,
  engine: Engine,
): Promise<Postmaster | undefined> {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  const log = openSync(logFile, size > longestLog ? 'w' : 'a', 0o600)
  const server = spawnServer(dataFolder, logFile, log, engine)
  closeSync(log)
  const end: { reached: boolean; cause?: unknown } = { reached: false }
  server.once('error', (cause) => Object.assign(end, { reached: true, cause }))
  server.once('exit', (status) =>
    Object.assign(end, { reached: process.platform !== 'win32' || status !== 0 }),
  )
  server.unref()

  const postmaster = await untilReady(dataFolder, () => end.reached)
  if (postmaster !== undefined) return postmaster
  const output = readLog(logFile, size > longestLog ? 0 : size)
  if (tellsTakenPort(output)) return undefined
  throw startFailure('Starting the embedded server', output, logFile, end.cause)
}

/** Waits until the server of a data folder accepts connections; undefined once `hasEnded` says so, or after five minutes. */
export async function untilReady(
  dataFolder: string,
  hasEnded: () => boolean,
): Promise<Postmaster | undefined> {
  const deadline = ticks() + patience
  while (!hasEnded() && ticks() < deadline) {
    const postmaster = readPostmaster(dataFolder)
    if (postmaster?.ready === true && isServing(postmaster, dataFolder)) return postmaster
    await pause(5)
  }
  return undefined
}

function spawnServer(dataFolder: string, logFile: string, log: number, engine: Engine): ChildProcess {
  const { environment: env, account } = engine
  if (process.platform === 'win32') {
    // pg_ctl sheds an administrator's rights, with which the server would refuse to run.
    return spawn(engine.pgCtl, ['start', '-D', dataFolder, '-l', logFile], {
      env,
      stdio: 'ignore',
      detached: true,
    })
  }
  const stdio: ['ignore', number, number] = ['ignore', log, log]
  return spawn(engine.postgres, ['-D', dataFolder], {
    env,
    stdio,
    detached: true,
    cwd: dataFolder,
    ...account,
  })
}
