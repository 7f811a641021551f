import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { FlowsError } from '../../base/errors.ts'

/** Says in the user's words why PostgreSQL did not come up, from what it wrote before it gave up. */
export function startFailure(action: string, output: string, logFile: string, cause?: unknown): FlowsError {
  if (tellsFullDisk(output) || isFullDisk(cause)) return diskFull(logFile, cause)
  if (/could not look up effective user ID/.test(output)) return namelessUser(cause)
  const lines = output.trim().split('\n').slice(-8).join('\n')
  return new FlowsError('EMBEDDED_START_FAILED', `${action} failed${lines === '' ? '' : `:\n${lines}`}`, {
    hint: `The whole log is in ${logFile}. With nothing in the database that you need: test:reset begins afresh.`,
    cause,
  })
}

function namelessUser(cause: unknown): FlowsError {
  return new FlowsError('EMBEDDED_START_FAILED', 'PostgreSQL refuses a user without a name in /etc/passwd', {
    hint: 'Run as a user that has one, or set DATABASE_URL to a Postgres of your own.',
    cause,
  })
}

/** The error of a disk without space, for any file of a server. */
export function diskFull(path: string, cause?: unknown): FlowsError {
  return new FlowsError('EMBEDDED_DISK_FULL', `There is no space left for the embedded server at ${path}`, {
    hint: 'Free some space on that disk (a new server needs 60 MB), then run the command again.',
    cause,
  })
}

/** Whether a failure of a file operation of our own was for want of space. */
export function isFullDisk(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** Whether a start was refused because processes of a killed server are still ending their last statement. */
export function tellsOrphans(output: string): boolean {
  return /pre-existing shared memory block/.test(output)
}

/** Whether a server gave up because its port was taken between our look and its start. */
export function tellsTakenPort(output: string): boolean {
  return /could not (bind|create any TCP\/IP sockets)/.test(output)
}

function tellsFullDisk(output: string): boolean {
  return /No space left on device|Disk quota exceeded|disk full|wrote only \d+ of \d+ bytes/i.test(output)
}

/** The end of a log from a place on, at most 16 kB of it. */
export function readLog(path: string, from: number): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const start = Math.max(Math.min(from, size), size - 16_384)
    const buffer = Buffer.alloc(size - start)
    readSync(file, buffer, 0, buffer.length, start)
    return buffer.toString('utf8')
  } finally {
    closeSync(file)
  }
}
