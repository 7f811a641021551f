import type { Database } from '../database/database.ts'
import { freeErasedCode } from './clients.queries.ts'

/** Lets the code of a client that was erased be given to a new one; no error where nobody had it. */
export async function reuseClientCode(db: Database, clientCode: string): Promise<void> {
  await freeErasedCode(db, clientCode)
}
