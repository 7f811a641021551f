import { sayNotices, sayTitle } from '../notice.ts'
import type { Channel } from './channel.ts'
import { postJson } from './post-json.ts'

/** Posts to an incoming webhook of Slack, or of anything else that takes `{ "text": ... }`. */
export function slackChannel(address: string): Channel {
  return {
    name: 'slack',
    send: (notification) => {
      const lines = sayNotices(notification).map((line) => `- ${plain(line)}`)
      const body = JSON.stringify({ text: [`*flows-db: ${sayTitle(notification)}*`, ...lines].join('\n') })
      return postJson('slack', address, body, { 'idempotency-key': notification.id })
    },
  }
}

// These three begin what Slack reads as a mention or a link.
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
