import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Whether a process of this id exists; one of another user counts too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * When a process was started, in whatever form this system tells it; undefined if it is dead (a zombie is).
 * With its id it names a process for good: an id alone is soon given to another one, above all in containers.
 */
export function birthOf(pid: number): string | undefined {
  if (process.platform === 'linux') return birthOnLinux(pid)
  if (!isAlive(pid)) return undefined
  return process.platform === 'win32' ? 'alive' : askPs(pid, 'lstart=')?.replace(/\W+/g, '-')
}

/** The program a process runs, where it can be told (not on Windows). */
export function programOf(pid: number): string | undefined {
  return process.platform === 'win32' ? undefined : askPs(pid, 'comm=')
}

function birthOnLinux(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // proc(5): the name in brackets may hold spaces; state is the 3rd field, the start in clock ticks the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}

function askPs(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', column], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
