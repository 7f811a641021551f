import { fingerprintOf } from './alert.ts'
import { type AlertRule, isWrong, thresholdFor } from './alert-rule.ts'
import type { FigureName } from './figure.ts'

/** One value of a figure. */
export type Observation = Readonly<{
  figure: FigureName
  /** Null for the whole database, and for what names no known client. */
  clientCode: string | null
  /** The client's tier; null where there is no client. */
  tier: string | null
  value: number
}>

/**
 * What was measured at one moment. A figure that is in `measured` and has no observation of a client is well for that
 * client; one that is not in it could not be read, and leaves the alerts of its rules as they are.
 */
export type Observed = Readonly<{ measured: ReadonlySet<FigureName>; observations: readonly Observation[] }>

/** What a rule says about one observation. */
export type Finding = Readonly<{
  fingerprint: string
  rule: AlertRule
  clientCode: string | null
  value: number
  threshold: number
  isWrong: boolean
}>

/** Holds every observation against the rules of its figure. */
export function judge(rules: readonly AlertRule[], { observations }: Observed): Finding[] {
  return observations.flatMap(({ figure, clientCode, tier, value }) =>
    rules
      .filter((rule) => rule.figure === figure)
      .map((rule) => {
        const threshold = thresholdFor(rule, clientCode, tier)
        const fingerprint = fingerprintOf(rule.name, clientCode)
        return {
          fingerprint,
          rule,
          clientCode,
          value,
          threshold,
          isWrong: isWrong(rule.when, value, threshold),
        }
      }),
  )
}

/** Measurements as one. */
export function together(parts: readonly Observed[]): Observed {
  return {
    measured: new Set(parts.flatMap(({ measured }) => [...measured])),
    observations: parts.flatMap(({ observations }) => observations),
  }
}
