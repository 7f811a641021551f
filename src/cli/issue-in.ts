import type { Database } from '../database/database.ts'
import type { Session } from './command.ts'

/**
 * Runs work that keeps its own transaction and records its refusals beside it: in a transaction around both, a refusal
 * would be taken back with the rest. Under --dry-run it is.
 */
export async function issueIn<Result>(
  session: Session,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  return session.dryRun ? session.change(work) : work(await session.database())
}
