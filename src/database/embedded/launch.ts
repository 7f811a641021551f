import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { pause, ticks } from '../../base/clock.ts'
import type { Engine } from './engine.ts'
import { readLog, startFailure, tellsOrphans, tellsTakenPort } from './failures.ts'
import { isServing, type Postmaster, readPostmaster } from './postmaster.ts'

/** Milliseconds given to a start, the recovery after a crash included. */
const patience = 300_000

/** Milliseconds given to the processes of a killed server to notice that, and pauses between two looks. */
const orphanPatience = 30_000
const orphanPause = 50

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
  const deadline = ticks() + orphanPatience
  for (;;) {
    const { postmaster, output, cause } = await attempt(dataFolder, logFile, engine)
    if (postmaster !== undefined) return postmaster
    if (tellsTakenPort(output)) return undefined
    if (!tellsOrphans(output) || ticks() > deadline) {
      throw startFailure('Starting the embedded server', output, logFile, cause)
    }
    await pause(orphanPause)
  }
}

type Attempt = { postmaster: Postmaster | undefined; output: string; cause: unknown }

async function attempt(dataFolder: string, logFile: string, engine: Engine): Promise<Attempt> {
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
  const output = postmaster === undefined ? readLog(logFile, size > longestLog ? 0 : size) : ''
  return { postmaster, output, cause: end.cause }
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
