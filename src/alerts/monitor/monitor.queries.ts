import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** Takes the lock of the one monitor that leads, for as long as this session lasts; false while another has it. */
export async function tryLead(session: Database): Promise<boolean> {
  const { leads } = await session.one<{ leads: boolean }>(sql`
    select pg_try_advisory_lock(hashtext('flows-db'), hashtext('monitor')) as leads`)
  return leads
}

/** Gives the lock back. */
export async function stopLeading(session: Database): Promise<void> {
  await session.run(sql`select pg_advisory_unlock(hashtext('flows-db'), hashtext('monitor'))`)
}
