import type { Database } from '../database/database.ts'

class TakenBack<Result> {
  readonly result: Result

  constructor(result: Result) {
    this.result = result
  }
}

/** Runs work in a transaction, or in a savepoint of one, and takes back whatever it did. */
export async function takenBack<Result>(
  db: Database,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  try {
    return await db.transaction(async (tx): Promise<never> => {
      throw new TakenBack(await work(tx))
    })
  } catch (thrown) {
    if (thrown instanceof TakenBack) return thrown.result as Result
    throw thrown
  }
}
