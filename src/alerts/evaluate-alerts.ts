import type { Database } from '../database/database.ts'
import { advanceAlert, resolve, tellingOf } from './advance-alert.ts'
import type { Alert } from './alert.ts'
import type { AlertRules } from './alert-rule.ts'
import { holdEvaluation, keepAlerts, selectOpenAlerts } from './alerts.queries.ts'
import type { ChannelName } from './channels/channel.ts'
import { type Notice, noticeOf } from './notice.ts'
import { insertNotifications } from './notifications.queries.ts'
import { type Finding, judge, type Observed } from './observation.ts'

/** What an evaluation works with. */
export type EvaluationOptions = {
  rules: AlertRules
  /** Measures; called once it is this evaluation's turn, so that it decides on what is so now. */
  observe: (tx: Database) => Promise<Observed>
  /** Who is to be told. */
  channels: readonly ChannelName[]
  now: Date
}

/** What an evaluation changed, and what is to be told of it. */
export type Evaluation = { changed: number; notices: readonly Notice[] }

/**
 * Holds what is measured against the rules, and keeps the alerts that follow together with the messages about them, in
 * one transaction: either both are there or neither is. Evaluations that run at once wait for each other.
 */
export function evaluateAlerts(db: Database, options: EvaluationOptions): Promise<Evaluation> {
  const { rules, channels, now } = options
  return db.transaction(async (tx) => {
    await holdEvaluation(tx)
    const observed = await options.observe(tx)
    const findings = judge(rules.rules, observed)
    const wrong = findings.filter(({ isWrong }) => isWrong).map(({ fingerprint }) => fingerprint)
    const known = new Map(
      (await selectOpenAlerts(tx, wrong)).map((alert) => [alert.fingerprint, alert] as const),
    )
    const advanced = advanceAll(known, findings, observed, options)
    const notices: Notice[] = []
    const kept = advanced.map((alert) => {
      const telling = tellingOf(alert, rules.repeat, now)
      if (telling === undefined) return alert
      const rule = rules.rules.find(({ name }) => name === alert.rule)
      notices.push(noticeOf(telling, alert, rule))
      return { ...alert, toldState: telling === 'resolved' ? telling : ('firing' as const), toldAt: now }
    })
    const changed = kept.filter((alert) => differs(alert, known.get(alert.fingerprint)))
    if (changed.length > 0) await keepAlerts(tx, changed)
    if (notices.length > 0 && channels.length > 0) {
      await insertNotifications(
        tx,
        channels,
        { at: now.toISOString(), holds: 2 * rules.repeat, notices },
        now,
      )
    }
    return { changed: changed.length, notices }
  })
}

/** Every alert that is open or begins, as it is after the findings. */
function advanceAll(
  known: ReadonlyMap<string, Alert>,
  findings: readonly Finding[],
  observed: Observed,
  { rules, now }: EvaluationOptions,
): Alert[] {
  const found = new Set(findings.map(({ fingerprint }) => fingerprint))
  const judged = findings.flatMap((finding) => {
    const alert = advanceAlert(known.get(finding.fingerprint), finding, now)
    return alert === undefined ? [] : [alert]
  })
  const unjudged = [...known.values()]
    .filter(({ fingerprint }) => !found.has(fingerprint))
    .map((alert) => {
      const rule = rules.rules.find(({ name }) => name === alert.rule)
      const isUnknown = rule !== undefined && !observed.measured.has(rule.figure)
      return isUnknown || alert.state === 'resolved' ? alert : resolve(alert, now)
    })
  return [...judged, ...unjudged]
}

function differs(alert: Alert, before: Alert | undefined): boolean {
  if (before === undefined) return true
  const keys = ['state', 'severity', 'value', 'threshold', 'toldState'] as const
  return (
    keys.some((key) => alert[key] !== before[key]) || alert.toldAt?.getTime() !== before.toldAt?.getTime()
  )
}
