import type { Database } from '../database/database.ts'
import { selectFloorlessTables, selectUnguardedTables } from './checks/isolation.queries.ts'

/** A client-owned table whose rows are not held apart, and the SQL that mends it. */
export type UnguardedTable = { table: string; what: string; fix: string }

/**
 * Every client-owned table and partition in which row-level security is off or not forced, or that does not stand on
 * the tenant floor; found in the catalogue.
 */
export async function unguardedTables(db: Database): Promise<UnguardedTable[]> {
  const rows = await selectUnguardedTables(db)
  const floors = await selectFloorlessTables(db)
  return [
    ...rows.map(({ object, how, fix }) => ({ table: object, what: `row-level security ${how}`, fix })),
    ...floors.map(({ object, how, fix }) => ({ table: object, what: `the tenant floor ${how}`, fix })),
  ]
}
