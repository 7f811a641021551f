import type { Database } from '../database/database.ts'
import { readExpectedSchema, unauditedTables } from '../database/drift/expected-schema.ts'
import { type SilentTable, selectSilentTables } from './checks/audit.queries.ts'

/**
 * Every table of flows-db some of whose changes leave no trace in the audit trail, and every trigger of flows-db that
 * is switched off, with the SQL that mends it. Tables that are not audited on purpose are not among them.
 */
export async function silentTables(db: Database): Promise<SilentTable[]> {
  return selectSilentTables(db, unauditedTables(await readExpectedSchema()))
}
