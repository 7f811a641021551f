import { pause } from '../../src/base/clock.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

/** Waits until nobody else is at work in the database: a backend whose client was killed goes on until it notices. */
export async function untilIdle(db: Database): Promise<void> {
  for (;;) {
    const { busy } = await db.one<{ busy: number }>(sql`
      select count(*) as busy from pg_stat_activity
      where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
        and backend_type = 'client backend'`)
    if (busy === 0) return
    await pause(20)
  }
}
