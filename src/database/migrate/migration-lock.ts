import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import { raw, sql } from '../sql.ts'
import { attempting } from './waiting.ts'

// Any number will do that nobody else takes: "flows-db" in ASCII.
const key = raw('7380396448177546338')

/**
 * Runs work while this session alone may migrate the database; throws MIGRATION_LOCKED when another run
 * holds the lock for longer than `patience` milliseconds. Asks again and again rather than waiting in the
 * server: a waiting statement holds a snapshot, and `create index concurrently` would wait for it for ever.
 */
export async function withMigrationLock<Result>(
  session: Database,
  patience: number,
  progress: (text: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const taken = await attempting({ patience, longest: 250 }, async (attempt) => {
    if (attempt === 2) progress('Waiting for another migration run to finish')
    const { taken } = await session.one<{ taken: boolean }>(sql`select pg_try_advisory_lock(${key}) as taken`)
    return taken ? taken : undefined
  })
  if (taken === undefined) throw await locked(session)
  try {
    return await work()
  } finally {
    // A connection that broke has let go of the lock already.
    await session.run(sql`select pg_advisory_unlock(${key})`).catch(() => undefined)
  }
}

async function locked(session: Database): Promise<FlowsError> {
  const holder = await session.maybe<{ pid: number }>(sql`
    select pid
    from pg_catalog.pg_locks
    where locktype = 'advisory' and granted and objsubid = 1
      and database = (select oid from pg_catalog.pg_database where datname = current_database())
      and (classid::bigint << 32) + objid::bigint = ${key}`)
  const who = holder === undefined ? '' : ` (server process ${holder.pid})`
  return new FlowsError('MIGRATION_LOCKED', `Another migration run${who} is still at work on this database`, {
    hint: 'Wait for it to end, or end it, then run: migrate:up',
  })
}
