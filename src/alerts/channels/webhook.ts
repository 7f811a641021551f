import type { Channel } from './channel.ts'
import { postJson } from './post-json.ts'
import { signWebhook } from './webhook-signature.ts'

/** Posts each notification as it is, signed, under an Idempotency-Key by which one that comes twice is known. */
export function webhookChannel(address: string, secret: string): Channel {
  return {
    name: 'webhook',
    send: (notification, now) => {
      const body = JSON.stringify(notification)
      return postJson('webhook', address, body, {
        'idempotency-key': notification.id,
        'flows-signature': signWebhook(body, secret, now),
      })
    },
  }
}
