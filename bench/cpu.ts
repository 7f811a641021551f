import { existsSync, readFileSync } from 'node:fs'

/** Whether the kernel tells how long another process has been on a CPU. */
export const canSeeBackends = existsSync('/proc/self/schedstat')

/** Microseconds that a process (a server backend) has been on a CPU, exact while it sleeps. Linux only. */
export function processCpu(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1_000
}

/** Microseconds that this process has been on a CPU, all its threads together. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
