import type { Notice, Notification } from '../notice.ts'
import type { Channel } from './channel.ts'
import { postJson } from './post-json.ts'

/** Pushes alerts to the v2 API of a Prometheus Alertmanager, which knows one that comes twice by its labels. */
export function alertmanagerChannel(address: string): Channel {
  const url = `${address.replace(/\/+$/, '')}/api/v2/alerts`
  return {
    name: 'alertmanager',
    send: (notification) =>
      postJson(
        'alertmanager',
        url,
        JSON.stringify(notification.notices.map((notice) => toAlert(notice, notification))),
        { 'idempotency-key': notification.id },
      ),
  }
}

function toAlert(notice: Notice, { at, holds }: Notification) {
  const { kind, rule, severity, clientCode, since, summary, remedy, fingerprint } = notice
  // Without an end an Alertmanager takes an alert for over after five minutes of silence.
  const end = new Date(new Date(at).getTime() + holds * 1_000).toISOString()
  return {
    labels: { alertname: rule, severity, ...(clientCode === null ? {} : { client: clientCode }) },
    annotations: { summary, remedy, fingerprint },
    ...(kind === 'resolved' ? { endsAt: since } : { startsAt: since, endsAt: end }),
  }
}
