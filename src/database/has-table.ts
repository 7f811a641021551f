import type { Database } from './database.ts'
import { sql } from './sql.ts'

/** Whether there is a table of this name, given with its schema. */
export async function hasTable(db: Database, schema: string, table: string): Promise<boolean> {
  const { found } = await db.one<{ found: boolean }>(sql`
    select to_regclass(format('%I.%I', ${schema}::text, ${table}::text)) is not null as found`)
  return found
}
