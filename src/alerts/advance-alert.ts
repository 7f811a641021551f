import type { Alert } from './alert.ts'
import type { Finding } from './observation.ts'

/** The alert after a finding; undefined where nothing is wrong and nothing was. */
export function advanceAlert(alert: Alert | undefined, finding: Finding, now: Date): Alert | undefined {
  const { fingerprint, rule, clientCode, value, threshold } = finding
  const isOpen = alert !== undefined && alert.state !== 'resolved'
  if (!finding.isWrong) return isOpen ? resolve({ ...alert, value, threshold }, now) : alert
  const before = alert ?? unknown
  const wrongSince = isOpen ? alert.since : now
  const isFiring = (isOpen && alert.state === 'firing') || seconds(wrongSince, now) >= rule.patience
  return {
    ...before,
    fingerprint,
    rule: rule.name,
    clientCode,
    severity: rule.severity,
    state: isFiring ? 'firing' : 'pending',
    since: isFiring && !(isOpen && alert.state === 'firing') ? now : wrongSince,
    value,
    threshold,
  }
}

const unknown = {
  toldState: null,
  toldAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
  silencedUntil: null,
} as const

/** The alert when what it tells of is over. Who took care of it is no longer taking care. */
export function resolve(alert: Alert, now: Date): Alert {
  return { ...alert, state: 'resolved', since: now, acknowledgedAt: null, acknowledgedBy: null }
}

/** What the channels are to be told of an alert. */
export type Telling = 'firing' | 'repeat' | 'resolved'

/**
 * What is to be told of an alert now: each change once, and what goes on firing again after `repeat` seconds unless
 * somebody acknowledged it. Nothing while it is silenced; what is still so afterwards is told then.
 */
export function tellingOf(alert: Alert, repeat: number, now: Date): Telling | undefined {
  const { state, toldState, toldAt, acknowledgedAt, silencedUntil } = alert
  if (silencedUntil !== null && silencedUntil > now) return undefined
  if (state === 'resolved') return toldState === 'firing' ? 'resolved' : undefined
  if (state === 'pending') return undefined
  if (toldState !== 'firing' || toldAt === null) return 'firing'
  return acknowledgedAt === null && seconds(toldAt, now) >= repeat ? 'repeat' : undefined
}

function seconds(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1_000
}
