import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import type { JobRun } from './job.ts'

/** When every job ran last. */
export function selectJobRuns(db: Database): Promise<JobRun[]> {
  return db.many(sql`
    select j.job, j.started_at, j.succeeded_at, j.failure, j.outcome
    from flows_private.scheduled_jobs j
    order by j.job`)
}

/** Notes jobs that were never heard of, as if each had run at a moment. */
export async function insertJobs(db: Database, jobs: readonly string[], startedAt: Date): Promise<void> {
  await db.run(sql`
    insert into flows_private.scheduled_jobs (job, started_at)
    select job, ${startedAt}::timestamptz from unnest(${jobs}::text[]) job
    on conflict (job) do nothing`)
}

/** Takes a run of a job that last began at a moment; false if somebody else took it. */
export async function takeJob(db: Database, job: string, lastStart: Date, now: Date): Promise<boolean> {
  const taken = await db.run(sql`
    update flows_private.scheduled_jobs
    set started_at = ${now}
    where job = ${job} and started_at = ${lastStart}`)
  return taken === 1
}

/** Notes that a job was done, and what came of it. */
export async function keepSuccess(
  db: Database,
  job: string,
  at: Date,
  outcome: Readonly<Record<string, unknown>>,
): Promise<void> {
  await db.run(sql`
    insert into flows_private.scheduled_jobs as j (job, started_at, succeeded_at, outcome)
    values (${job}, ${at}, ${at}, ${JSON.stringify(outcome)}::jsonb)
    on conflict (job) do update
      set succeeded_at = excluded.succeeded_at, failure = null, outcome = excluded.outcome`)
}

/** Notes that a job failed. */
export async function keepFailure(db: Database, job: string, failure: string): Promise<void> {
  await db.run(sql`
    update flows_private.scheduled_jobs set failure = ${failure} where job = ${job}`)
}
