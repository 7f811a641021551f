import { pause, ticks } from '../../base/clock.ts'
import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import { serverError } from '../failures.ts'
import { sql } from '../sql.ts'

/** How long to wait in all and how long at the most between two attempts, in milliseconds. */
type Waiting = {
  patience: number
  longest: number
}

/**
 * Attempts something until it gives a value, with growing, jittered pauses; undefined when the patience
 * is over. The first attempt is made at once, and one is always made.
 */
export async function attempting<Result>(
  { patience, longest }: Waiting,
  attempt: (number: number) => Promise<Result | undefined>,
): Promise<Result | undefined> {
  const began = ticks()
  for (let number = 1; ; number += 1) {
    const result = await attempt(number)
    if (result !== undefined || ticks() - began >= patience) return result
    await pause(Math.min(longest, 25 * 2 ** number) * (0.5 + Math.random() / 2))
  }
}

/** Whether the same work may succeed a moment later: a lock, a deadlock, or a catalogue row that another session changed. */
function isPassing(error: unknown): boolean {
  const { code, message = '', constraint = '' } = serverError(error) ?? {}
  if (code === '55P03' || code === '40P01') return true
  // Two that make one object at a time break an index of the catalogue; roles are shared by all databases.
  return (
    (code === 'XX000' && message.includes('concurrently')) ||
    (code === '23505' && constraint.startsWith('pg_'))
  )
}

/** What retrying needs: how long, and whom to tell. */
export type Retrying = {
  /** Milliseconds after which no further attempt is made. */
  patience: number
  progress: (text: string) => void
}

/** Does work in a transaction, again while it fails for a passing reason; throws MIGRATION_LOCKED when the patience is over. */
export async function retrying<Result>(
  session: Database,
  what: string,
  { patience, progress }: Retrying,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  let latest: unknown
  const done = await attempting({ patience, longest: 1_000 }, async (attempt) => {
    if (attempt > 1) progress(`${what} waits for a lock (attempt ${attempt})`)
    try {
      return { result: await session.transaction(work) }
    } catch (error) {
      if (!isPassing(error)) throw error
      latest = error
      return undefined
    }
  })
  if (done === undefined) throw await outOfPatience(session, what, latest)
  return done.result
}

async function outOfPatience(session: Database, what: string, cause: unknown): Promise<FlowsError> {
  const oldest = await session.maybe<{ pid: number; seconds: number }>(sql`
    select pid, extract(epoch from now() - xact_start)::integer as seconds
    from pg_catalog.pg_stat_activity
    where xact_start is not null and pid <> pg_backend_pid() and datname = current_database()
    order by xact_start
    limit 1`)
  const who =
    oldest === undefined
      ? ''
      : `; the oldest open transaction is that of server process ${oldest.pid}, open for ${oldest.seconds} s`
  return new FlowsError('MIGRATION_LOCKED', `${what} could not get its locks: others hold them${who}`, {
    hint: 'Nothing of it was kept. Wait for the others to end, or end them, then run: migrate:up',
    cause,
  })
}
