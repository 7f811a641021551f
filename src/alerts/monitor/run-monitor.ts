import { now, pause } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import { stopLeading, tryLead } from './monitor.queries.ts'

/** Where a monitor takes the time from, and how it waits. */
export type Clock = Readonly<{ now(): Date; pause(milliseconds: number): Promise<void> }>

/** The machine's own clock. */
export const machineClock: Clock = { now, pause }

/** What a monitor does, each again and again. */
export type MonitorWork = Readonly<{
  /** Reads figures to show; every monitor does that. */
  refresh(): Promise<void>
  /** Judges what is so now, on the connection that holds the lead. */
  evaluate(session: Database): Promise<void>
  deliver(): Promise<void>
  runJobs(): Promise<void>
}>

/** How a monitor runs. */
export type MonitorOptions = Readonly<{
  clock?: Clock
  /** Ends it, once what it is at is done. */
  signal: AbortSignal
  /** Told when it begins to lead, and when it does not any more. */
  leading(leads: boolean): void
  /** Told of what went wrong; it goes on. */
  failed(error: unknown): void
}>

/** Milliseconds between one time and the next. */
export const rhythm = {
  refresh: 15_000,
  evaluate: 30_000,
  deliver: 5_000,
  jobs: 30_000,
  /** Until a monitor that does not lead asks again, and until one that failed tries again. */
  lead: 10_000,
} as const

/**
 * Runs until the signal. Of all monitors of a database one leads, the one whose connection holds a lock: it judges,
 * sends and works, and when it ends, or its connection does, another one takes over. `db` needs room for four
 * connections at once.
 */
export async function runMonitor(db: Database, work: MonitorWork, options: MonitorOptions): Promise<void> {
  await Promise.all([
    every(rhythm.refresh, options, () => tolerantly(work.refresh, options)),
    every(rhythm.lead, options, () =>
      tolerantly(async () => {
        await leadWhile(db, (session) => leadUntil(session, work, options))
      }, options),
    ),
  ])
}

/** Does everything once and ends; false if another monitor leads, which is left to its work. */
export function runMonitorOnce(db: Database, work: MonitorWork): Promise<boolean> {
  return leadWhile(db, async (session) => {
    await work.evaluate(session)
    await work.deliver()
    await work.runJobs()
    await work.refresh()
  })
}

async function leadUntil(session: Database, work: MonitorWork, options: MonitorOptions): Promise<void> {
  const lost = new AbortController()
  const loop = { ...options, signal: AbortSignal.any([options.signal, lost.signal]) }
  // The first failure ends the other two as well, once what they are at is done.
  const orLose = async (looping: Promise<void>) => {
    try {
      await looping
    } catch (error) {
      lost.abort()
      throw error
    }
  }
  options.leading(true)
  try {
    const loops = await Promise.allSettled([
      orLose(every(rhythm.evaluate, loop, () => work.evaluate(session))),
      orLose(every(rhythm.deliver, loop, work.deliver)),
      orLose(every(rhythm.jobs, loop, work.runJobs)),
    ])
    const failure = loops.find((loop) => loop.status === 'rejected')
    if (failure !== undefined) throw failure.reason
  } finally {
    options.leading(false)
  }
}

function leadWhile(db: Database, work: (session: Database) => Promise<void>): Promise<boolean> {
  return db.session(async (session) => {
    if (!(await tryLead(session))) return false
    try {
      await work(session)
      return true
    } finally {
      // With a connection that broke, the lock went too.
      await stopLeading(session).catch(() => undefined)
    }
  })
}

async function tolerantly(work: () => Promise<void>, { failed }: MonitorOptions): Promise<void> {
  try {
    await work()
  } catch (error) {
    failed(error)
  }
}

async function every(
  milliseconds: number,
  { signal, clock = machineClock }: MonitorOptions,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await work()
    await pauseUnless(signal, () => clock.pause(milliseconds))
  }
}

function pauseUnless(signal: AbortSignal, pausing: () => Promise<void>): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end)
    void pausing().then(end)
  })
}
