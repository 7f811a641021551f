import { sayCount } from '../base/say-count.ts'
import type { Telling } from './advance-alert.ts'
import type { Alert } from './alert.ts'
import type { AlertRule, Severity } from './alert-rule.ts'
import { sayValue } from './figure.ts'

/** One thing that a channel is told, as webhooks get it. */
export type Notice = Readonly<{
  kind: Telling
  fingerprint: string
  rule: string
  severity: Severity
  clientCode: string | null
  /** When it began to fire, or was over (ISO 8601). */
  since: string
  value: number
  threshold: number
  summary: string
  remedy: string
}>

/** Everything that one look at the figures gave a channel to tell. The id is the same however often it is sent. */
export type Notification = Readonly<{
  id: string
  /** When the alerts changed (ISO 8601). */
  at: string
  /** For how many seconds what fires may be taken to fire without being told of again. */
  holds: number
  notices: readonly Notice[]
}>

/** What is told of an alert, in the words of its rule; of a rule that is gone, in its name. */
export function noticeOf(kind: Telling, alert: Alert, rule: AlertRule | undefined): Notice {
  const { fingerprint, severity, clientCode, since, value, threshold } = alert
  const fill = (text: string) =>
    text
      .replaceAll('{client}', clientCode ?? 'no known client')
      .replaceAll('{value}', rule === undefined ? String(value) : sayValue(rule.figure, value))
      .replaceAll('{threshold}', rule === undefined ? String(threshold) : sayValue(rule.figure, threshold))
  return {
    kind,
    fingerprint,
    rule: alert.rule,
    severity,
    clientCode,
    since: since.toISOString(),
    value,
    threshold,
    summary: rule === undefined ? `The rule ${alert.rule} is gone` : fill(rule.summary),
    remedy: rule === undefined ? '' : fill(rule.remedy),
  }
}

const words: Readonly<Record<Telling, string>> = {
  firing: 'FIRING',
  repeat: 'STILL FIRING',
  resolved: 'RESOLVED',
}
const mostLines = 50

/** One line: `FIRING critical backup-old acme: The newest backup of acme is 1 day old. Next: backup:create ...` */
export function sayNotice({ kind, severity, rule, clientCode, summary, remedy }: Notice): string {
  const subject = clientCode === null ? rule : `${rule} ${clientCode}`
  const next = kind === 'resolved' || remedy === '' ? '' : ` Next: ${remedy}`
  return `${words[kind]} ${severity} ${subject}: ${summary}.${next}`
}

/** A line for each notice, the first 50 of them. */
export function sayNotices({ notices }: Notification): string[] {
  const lines = notices.slice(0, mostLines).map(sayNotice)
  return notices.length > mostLines ? [...lines, `and ${notices.length - mostLines} more`] : lines
}

/** What happened, in a few words: `2 alerts firing, 1 resolved`. */
export function sayTitle({ notices }: Notification): string {
  const resolved = notices.filter(({ kind }) => kind === 'resolved').length
  const firing = notices.length - resolved
  const parts = [
    ...(firing === 0 ? [] : [`${sayCount(firing, 'alert')} firing`]),
    ...(resolved === 0 ? [] : [`${resolved} resolved`]),
  ]
  return parts.join(', ')
}
