import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** What holds for a session while it looks: nothing is changed, and nothing is waited for. */
export type Guards = { readOnly: string; statementTimeout: string; lockTimeout: string }

/** The guards as they are now. */
export function selectGuards(session: Database): Promise<Guards> {
  return session.one(sql`
    select current_setting('default_transaction_read_only') as read_only,
      current_setting('statement_timeout') as statement_timeout,
      current_setting('lock_timeout') as lock_timeout`)
}

/** Sets the guards of a session. */
export async function setGuards(
  session: Database,
  { readOnly, statementTimeout, lockTimeout }: Guards,
): Promise<void> {
  await session.run(sql`
    select set_config('default_transaction_read_only', ${readOnly}, false),
      set_config('statement_timeout', ${statementTimeout}, false),
      set_config('lock_timeout', ${lockTimeout}, false)`)
}

/** Whether there is a registry of clients; asked of the catalogue, since not every role may look a name up there. */
export async function selectIsSetUp(session: Database): Promise<boolean> {
  const { found } = await session.one<{ found: boolean }>(sql`
    select exists (
      select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'flows' and c.relname = 'clients'
    ) as found`)
  return found
}
