import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** Which version the server is. */
export function selectServerVersion(db: Database): Promise<{ major: number }> {
  return db.one(sql`select current_setting('server_version_num')::integer / 10000 as major`)
}
