import type { FigureName } from './figure.ts'

/** How much an alert matters, least first. */
export const severities = ['info', 'warning', 'critical'] as const

/** One of the severities. */
export type Severity = (typeof severities)[number]

/** On which side of its threshold a value is wrong. */
export const sides = ['above', 'atLeast', 'below'] as const

/** One of the sides. */
export type Side = (typeof sides)[number]

/** Something that must not stay true for long. */
export type AlertRule = Readonly<{
  name: string
  figure: FigureName
  when: Side
  threshold: number
  /** The thresholds of tiers and of single clients, by their code; a client's own counts before its tier's. */
  tiers: Readonly<Record<string, number>>
  clients: Readonly<Record<string, number>>
  /** Seconds for which it must be true before anybody is told. */
  patience: number
  severity: Severity
  /** What is wrong, with {client}, {value} and {threshold} in it. */
  summary: string
  /** The next step: a command, with {client} in it. */
  remedy: string
}>

/** All rules that are switched on, and how long after the last message a firing alert is told of again (seconds). */
export type AlertRules = Readonly<{ repeat: number; rules: readonly AlertRule[] }>

/** The threshold of a rule for a client of a tier; both null for the whole database. */
export function thresholdFor(
  { threshold, tiers, clients }: AlertRule,
  clientCode: string | null,
  tier: string | null,
): number {
  return own(clients, clientCode) ?? own(tiers, tier) ?? threshold
}

function own(thresholds: Readonly<Record<string, number>>, name: string | null): number | undefined {
  return name !== null && Object.hasOwn(thresholds, name) ? thresholds[name] : undefined
}

/** Whether a value is on the wrong side of a threshold. */
export function isWrong(when: Side, value: number, threshold: number): boolean {
  if (when === 'above') return value > threshold
  return when === 'atLeast' ? value >= threshold : value < threshold
}
