import { randomUUID } from 'node:crypto'
import { readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pause, ticks } from '../../base/clock.ts'
import { FlowsError } from '../../base/errors.ts'
import { birthOf } from './processes.ts'

/** Milliseconds to wait for a holder; longer than a start with recovery may take. */
const patience = 400_000

/** The lock of a server's folder: held to start, stop or delete it. */
export function lockFile(folder: string): string {
  return join(folder, 'lock')
}

type Holder = { token: string; pid: number; birth: string }

/**
 * Runs work while no other process holds the lock file at `path`. A lock whose holder died is taken over.
 * While waiting, `instead` is asked again and again: what it gives makes the lock needless.
 */
export async function withLock<Result>(
  path: string,
  work: () => Promise<Result>,
  instead: () => Promise<Result | undefined> = async () => undefined,
): Promise<Result> {
  const holder = { token: randomUUID(), pid: process.pid, birth: birthOf(process.pid) ?? '' }
  const deadline = ticks() + patience
  while (!take(path, holder)) {
    const result = await instead()
    if (result !== undefined) return result
    if (ticks() > deadline) throw heldTooLong(path)
    await pause(20)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** Takes the lock if it is free or its holder is dead. */
function take(path: string, holder: Holder): boolean {
  const other = readHolder(path)
  if (other === undefined) return create(path, holder)
  return !lives(other) && removeDead(path, other, holder) && create(path, holder)
}

/**
 * A symbolic link that leads nowhere: it comes with its text at once, so that nobody reads a lock without a holder,
 * and needs no space on a disk that is full. (A junction is the kind that Windows allows every user.)
 */
function create(path: string, { token, pid, birth }: Holder): boolean {
  try {
    symlinkSync([pid, birth, token].join('.'), path, 'junction')
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/**
 * Removes the lock of a dead holder. Of several processes that found it dead only one may remove it, or the
 * second would remove the lock that the first has taken since: so they contend for a lock named after the dead one.
 */
function removeDead(path: string, dead: Holder, holder: Holder): boolean {
  const claim = `${path}.dead-${dead.token}`
  if (!take(claim, { ...holder, token: randomUUID() })) return false
  try {
    if (readHolder(path)?.token === dead.token) rmSync(path)
    return true
  } finally {
    rmSync(claim)
  }
}

function heldTooLong(path: string): FlowsError {
  const pid = readHolder(path)?.pid
  return new FlowsError(
    'EMBEDDED_START_FAILED',
    `Another command (process ${pid}) has been starting or stopping the embedded server for minutes`,
    { hint: 'See what that process does, end it if it hangs, and run the command again.' },
  )
}

function lives(holder: Holder): boolean {
  return birthOf(holder.pid) === holder.birth
}

function readHolder(path: string): Holder | undefined {
  try {
    const [pid = '', birth = '', token = ''] = basename(readlinkSync(path)).split('.')
    return { token, pid: Number(pid), birth }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
