import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/**
 * Waits until nobody is changing the master key (`wrap`: any number may wrap keys at once), or until nobody wraps
 * (`rotate`); until the end of the transaction.
 */
export async function lockMasterKey(db: Database, purpose: 'wrap' | 'rotate'): Promise<void> {
  const place = sql`hashtextextended('flows_private.master_keys', 0)`
  await db.run(
    purpose === 'wrap'
      ? sql`select pg_advisory_xact_lock_shared(${place})`
      : sql`select pg_advisory_xact_lock(${place})`,
  )
}

/** The name of the master key that wraps; undefined where none was noted yet. */
export async function findActiveMasterKey(db: Database): Promise<string | undefined> {
  const row = await db.maybe<{ kid: string }>(sql`
    select kid from flows_private.master_keys where state = 'active'`)
  return row?.kid
}

/** Notes a master key as the one that wraps, unless there is one. */
export async function insertMasterKey(db: Database, kid: string): Promise<void> {
  await db.run(sql`insert into flows_private.master_keys (kid) values (${kid}) on conflict do nothing`)
}

/** Lets a master key wrap from now on, in the place of the one that did. */
export async function replaceMasterKey(db: Database, kid: string): Promise<void> {
  await db.run(sql`
    update flows_private.master_keys set state = 'retired', retired_at = now() where state = 'active'`)
  await db.run(sql`
    insert into flows_private.master_keys (kid) values (${kid})
    on conflict (kid) do update set state = 'active', retired_at = null`)
}

/** A wrapped key of any client, to try a master key on; undefined where there is none. */
export function findAnyWrappedKey(
  db: Database,
): Promise<{ clientId: string; epoch: number; wrappedKey: Buffer } | undefined> {
  return db.maybe(sql`
    select client_id, epoch, wrapped_key
    from flows_private.client_keys
    where wrapped_key is not null
    order by created_at desc, client_id, epoch desc
    limit 1`)
}
