import type { Alert } from '../alerts/alert.ts'
import type { Style } from './command.ts'
import { sayMoment } from './moments.ts'

/** A table of alerts for a person. */
export function sayAlerts(alerts: readonly Alert[], style: Style): string {
  return style.table([
    ['FINGERPRINT', 'STATE', 'SEVERITY', 'RULE', 'CLIENT', 'VALUE', 'THRESHOLD', 'SINCE', 'NOTE'],
    ...alerts.map((alert) => [
      alert.fingerprint,
      alert.state === 'firing' ? style.red(alert.state) : alert.state,
      alert.severity === 'critical' ? style.red(alert.severity) : alert.severity,
      alert.rule,
      alert.clientCode ?? '',
      sayNumber(alert.value),
      sayNumber(alert.threshold),
      sayMoment(alert.since),
      sayNote(alert),
    ]),
  ])
}

function sayNote({ acknowledgedBy, silencedUntil }: Alert): string {
  return [
    ...(acknowledgedBy === null ? [] : [`taken by ${acknowledgedBy}`]),
    ...(silencedUntil === null ? [] : [`silent until ${sayMoment(silencedUntil)}`]),
  ].join(', ')
}

function sayNumber(value: number): string {
  return String(Math.round(value * 1_000) / 1_000)
}
