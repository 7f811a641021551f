import { Cron } from 'croner'
import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import type { Job } from './job.ts'
import { insertJobs, keepFailure, keepSuccess, selectJobRuns, takeJob } from './jobs.queries.ts'

/** A job that ran, and the error it ended with if it failed. */
export type RanJob = Readonly<{ job: string; error: unknown }>

/**
 * Runs every job whose time came since it last began, one after the other. One that was missed because nothing ran is
 * made up for, once; one that fails is noted and keeps no other from its turn.
 */
export async function runDueJobs(
  db: Database,
  jobs: readonly Job[],
  clock: () => Date,
): Promise<readonly RanJob[]> {
  await insertJobs(
    db,
    jobs.map(({ name }) => name),
    clock(),
  )
  const runs = new Map((await selectJobRuns(db)).map((run) => [run.job, run]))
  const ran: RanJob[] = []
  for (const job of jobs) {
    const last = runs.get(job.name)?.startedAt ?? clock()
    if (!isDue(job, last, clock()) || !(await takeJob(db, job.name, last, clock()))) continue
    ran.push({ job: job.name, error: await runJob(db, job, clock) })
  }
  return ran
}

/** Whether the timetable of a job has a moment after its last start that is over. */
export function isDue({ schedule }: Pick<Job, 'schedule'>, lastStart: Date, now: Date): boolean {
  const next = new Cron(schedule, { timezone: 'UTC', paused: true }).nextRun(lastStart)
  return next !== null && next <= now
}

async function runJob(db: Database, job: Job, clock: () => Date): Promise<unknown> {
  try {
    const outcome = await job.run()
    await keepSuccess(db, job.name, clock(), outcome)
    return undefined
  } catch (error) {
    await keepFailure(db, job.name, error instanceof FlowsError ? error.code : 'UNEXPECTED')
    return error
  }
}
