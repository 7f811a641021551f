import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import type { Channel, ChannelName } from './channels/channel.ts'
import { claimNotification, deleteNotifications, markDelivered, markPutOff } from './notifications.queries.ts'

/** What was sent, and which channels did not take what they were to be told. */
export type Delivery = { delivered: number; failures: { channel: ChannelName; error: FlowsError }[] }

const shortestPause = 10_000
const longestPause = 3_600_000

/**
 * Sends what waits, each channel in its order. A message is claimed in a transaction that ends when the channel has
 * taken it, so a sender that dies lets go of it and the next one sends it again under the same id. One that is not
 * taken is tried again after 10 seconds, then after twice as long each time, up to an hour.
 */
export async function deliverNotifications(
  db: Database,
  channels: readonly Channel[],
  clock: () => Date,
): Promise<Delivery> {
  const deliveries = await Promise.all(channels.map((channel) => deliverTo(db, channel, clock)))
  return {
    delivered: deliveries.reduce((sum, { delivered }) => sum + delivered, 0),
    failures: deliveries.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
  }
}

async function deliverTo(db: Database, channel: Channel, clock: () => Date) {
  for (let delivered = 0; ; delivered += 1) {
    const sent = await sendNext(db, channel, clock)
    if (sent === true) continue
    return sent === false
      ? { delivered, failure: undefined }
      : { delivered, failure: { channel: channel.name, error: sent } }
  }
}

/** Whether there was one to send and it went, or why it did not. */
function sendNext(db: Database, channel: Channel, clock: () => Date): Promise<boolean | FlowsError> {
  return db.transaction(async (tx) => {
    const claimed = await claimNotification(tx, channel.name, clock())
    if (claimed === undefined) return false
    try {
      await channel.send({ id: claimed.id, ...claimed.message }, clock())
    } catch (error) {
      if (!(error instanceof FlowsError)) throw error
      const pause = Math.min(shortestPause * 2 ** Math.min(claimed.attempts, 20), longestPause)
      await markPutOff(tx, claimed.id, new Date(clock().getTime() + pause))
      return error
    }
    await markDelivered(tx, claimed.id, clock())
    return true
  })
}

const kept = 30 * 86_400_000

/** Deletes messages older than 30 days, also those for a channel that nobody serves any more; how many there were. */
export function clearNotifications(db: Database, now: Date): Promise<number> {
  return deleteNotifications(db, new Date(now.getTime() - kept))
}
