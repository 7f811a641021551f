import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** The ids of all clients. */
export async function selectClientIds(db: Database): Promise<string[]> {
  const rows = await db.many<{ id: string }>(sql`select id from flows.clients order by id`)
  return rows.map(({ id }) => id)
}

/** Takes today's snapshot of a client, counts its invitations, and adds what the database counted to its hours. */
export async function refreshClient(db: Database, clientId: string): Promise<void> {
  await db.run(sql`select flows_private.refresh_usage(${clientId})`)
}

/** Adds a client's hours of days before `before` up to days, and gives how many rows there were. */
export async function rollUpHours(db: Database, clientId: string, before: string): Promise<number> {
  const { moved } = await db.one<{ moved: number }>(sql`
    select flows_private.roll_up_hours(${clientId}, ${before}) as moved`)
  return moved
}

/** Deletes what a client's tier keeps no longer, and gives how many rows. */
export async function forgetOldUsage(db: Database, clientId: string): Promise<number> {
  const { forgotten } = await db.one<{ forgotten: number }>(sql`
    select flows_private.forget_usage(${clientId}) as forgotten`)
  return forgotten
}

/** Forgets batches past their time, and gives how many. */
export async function forgetBatches(db: Database): Promise<number> {
  const { forgotten } = await db.one<{ forgotten: number }>(sql`
    select flows_private.forget_usage_batches() as forgotten`)
  return forgotten
}
