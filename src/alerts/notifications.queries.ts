import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { ChannelName } from './channels/channel.ts'
import type { Notification } from './notice.ts'

/** What every channel is told alike. */
export type Message = Omit<Notification, 'id'>

/** Puts a message before each channel, to be sent once this transaction holds. */
export async function insertNotifications(
  tx: Database,
  channels: readonly ChannelName[],
  message: Message,
  now: Date,
): Promise<void> {
  await tx.run(sql`
    insert into flows_private.alert_notifications (channel, message, created_at, due_at)
    select channel, ${JSON.stringify(message)}::jsonb, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${channels}::text[]) channel`)
}

/** A message that this transaction may send, and nobody else meanwhile. */
export type Claimed = { id: string; attempts: number; message: Message }

/**
 * Claims the oldest message that a channel was not told yet, if it may be tried now and nobody else is at it. Those
 * behind it wait, so that nobody hears that something is over before hearing that it began.
 */
export function claimNotification(
  tx: Database,
  channel: ChannelName,
  now: Date,
): Promise<Claimed | undefined> {
  return tx.maybe(sql`
    select n.id, n.attempts, n.message
    from flows_private.alert_notifications n
    where n.id = (
        select first.id
        from flows_private.alert_notifications first
        where first.channel = ${channel} and first.delivered_at is null
        order by first.created_at, first.id
        limit 1)
      and n.delivered_at is null and n.due_at <= ${now}
    for update skip locked`)
}

/** Notes that a message arrived. */
export async function markDelivered(tx: Database, id: string, now: Date): Promise<void> {
  await tx.run(sql`
    update flows_private.alert_notifications
    set delivered_at = ${now}, attempts = attempts + 1
    where id = ${id}`)
}

/** Puts off a message that did not arrive. */
export async function markPutOff(tx: Database, id: string, dueAt: Date): Promise<void> {
  await tx.run(sql`
    update flows_private.alert_notifications
    set due_at = ${dueAt}, attempts = attempts + 1
    where id = ${id}`)
}

/** How many messages wait, by channel. */
export function selectWaiting(db: Database): Promise<{ channel: ChannelName; waiting: number }[]> {
  return db.many(sql`
    select channel, count(*) as waiting
    from flows_private.alert_notifications
    where delivered_at is null
    group by channel
    order by channel`)
}

/** Deletes messages older than a moment, sent or not; how many there were. */
export function deleteNotifications(tx: Database, before: Date): Promise<number> {
  return tx.run(sql`delete from flows_private.alert_notifications where created_at < ${before}`)
}
