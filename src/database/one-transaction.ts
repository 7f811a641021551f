import { FlowsError } from '../base/errors.ts'
import type { Database } from './database.ts'
import { retrying } from './migrate/waiting.ts'

/** Carries a result out of a transaction that is to be rolled back. */
class TakenBack<Result> {
  readonly result: Result

  constructor(result: Result) {
    this.result = result
  }
}

/** Runs work in a transaction, or in a savepoint of one, and takes back whatever it did. */
export function takenBack<Result>(db: Database, work: (tx: Database) => Promise<Result>): Promise<Result> {
  return carried(() =>
    db.transaction(async (tx): Promise<never> => {
      throw new TakenBack(await work(tx))
    }),
  )
}

/** What is done, what to say when others hold its locks for a minute, whether it is taken back, and whom to tell. */
export type OneTransaction = {
  what: string
  hint: string
  dryRun: boolean
  progress: (text: string) => void
}

/**
 * Runs work of which writers may hold what it wants, and want what it holds: then they go first, and it begins anew.
 * Throws DATABASE_BUSY when that has lasted for a minute.
 */
export async function inOneTransaction<Result>(
  db: Database,
  { what, hint, dryRun, progress }: OneTransaction,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  try {
    return await carried(() =>
      retrying(db, what, { patience: 60_000, progress }, async (tx) => {
        const result = await work(tx)
        if (dryRun) throw new TakenBack(result)
        return result
      }),
    )
  } catch (cause) {
    if (!(cause instanceof FlowsError) || cause.code !== 'MIGRATION_LOCKED') throw cause
    throw new FlowsError('DATABASE_BUSY', cause.message, { hint, cause })
  }
}

async function carried<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof TakenBack) return thrown.result as Result
    throw thrown
  }
}
