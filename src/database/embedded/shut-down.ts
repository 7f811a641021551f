import { pause, ticks } from '../../base/clock.ts'
import { FlowsError } from '../../base/errors.ts'
import { isServing, type Postmaster } from './postmaster.ts'

/**
 * Milliseconds for a server to leave before it is made to: enough for the checkpoint of its small memory.
 * A fast shutdown that comes while PostgreSQL 17 recovers from the crash of a backend is never finished.
 */
const patience = 5_000

/** Stops a server and waits until it is gone: open transactions are rolled back, and everything is on disk. */
export async function shutDown(postmaster: Postmaster, dataFolder: string): Promise<void> {
  // SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, which the next start recovers from
  // (as it does on Windows, where either signal ends the process at once).
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(postmaster.pid, signal)
    if (await isGone(postmaster, dataFolder)) return
  }
  throw new FlowsError(
    'EMBEDDED_STOP_FAILED',
    `The embedded server (process ${postmaster.pid}) does not stop`,
    {
      hint: 'Look at what it does (ps), then end that process by hand; the next command recovers the database.',
    },
  )
}

async function isGone(postmaster: Postmaster, dataFolder: string): Promise<boolean> {
  const deadline = ticks() + patience
  while (isServing(postmaster, dataFolder)) {
    if (ticks() > deadline) return false
    await pause(5)
  }
  return true
}
