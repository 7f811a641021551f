import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { birthOf, isAlive, programOf } from './processes.ts'

/** What a server wrote about itself into postmaster.pid of its data folder (src/include/utils/pidfile.h). */
export type Postmaster = {
  pid: number
  dataFolder: string
  port: number
  socketFolder: string | undefined
  ready: boolean
}

/** Reads postmaster.pid; undefined if no server left one, or is only beginning to write it. */
export function readPostmaster(dataFolder: string): Postmaster | undefined {
  const lines = readPidFile(dataFolder)?.split('\n') ?? []
  const [pid, folder, , port, socketFolder, , , status] = lines
  if (pid === undefined || folder === undefined || port === undefined) return undefined
  return {
    pid: Number(pid),
    dataFolder: folder,
    port: Number(port),
    socketFolder: socketFolder === undefined || socketFolder === '' ? undefined : socketFolder,
    ready: status?.trim() === 'ready',
  }
}

/** Whether that process is alive and the server of this very folder, and not one that has got the same id since. */
export function isServing(postmaster: Postmaster, dataFolder: string): boolean {
  if (!mayServe(postmaster, dataFolder)) return false
  return process.platform !== 'darwin' || (programOf(postmaster.pid)?.includes('postgres') ?? false)
}

/** As `isServing`, without starting a process on macOS: enough for a server that also answers. */
export function mayServe(postmaster: Postmaster, dataFolder: string): boolean {
  if (process.platform !== 'linux') {
    return isAlive(postmaster.pid) && identity(postmaster.dataFolder) === identity(dataFolder)
  }
  // A server works in its data folder, also after that was moved; a zombie works nowhere.
  const [one, other] = [identity(`/proc/${postmaster.pid}/cwd`), identity(dataFolder)]
  return one !== undefined && one === other && birthOf(postmaster.pid) !== undefined
}

/** Whether something accepts connections at a port of this machine's loopback. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 })
    const settle = (answer: boolean) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false))
  })
}

/**
 * Makes the pid file of a dead server one that PostgreSQL takes over although its id lives on in another process:
 * it disregards the id of its own parent, and still looks for orphans by the shared memory named in the file.
 */
export function disownPidFile(dataFolder: string): void {
  const text = readPidFile(dataFolder)
  if (text === undefined) return
  const path = join(dataFolder, 'postmaster.pid')
  writeFileSync(path, text.replace(/^-?[0-9]+/, String(process.pid)))
}

function readPidFile(dataFolder: string): string | undefined {
  try {
    return readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function identity(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}
