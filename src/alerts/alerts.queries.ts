import type { Database } from '../database/database.ts'
import { every, type Sql, sql } from '../database/sql.ts'
import type { Alert, AlertState } from './alert.ts'

const columns = sql`
  a.fingerprint, a.rule, a.client_code, a.severity, a.state, a.since, a.value, a.threshold, a.told_state, a.told_at,
  a.acknowledged_at, a.acknowledged_by, a.silenced_until`

const isOpen = sql`(a.state <> 'resolved' or a.told_state = 'firing')`

/** Lets one evaluation run after the other, whoever runs them; released with the transaction. */
export async function holdEvaluation(tx: Database): Promise<void> {
  await tx.run(sql`select pg_advisory_xact_lock(hashtext('flows-db alerts evaluation'))`)
}

/** The alerts that are not over, or of which nobody was told so, and those of these fingerprints. */
export function selectOpenAlerts(tx: Database, fingerprints: readonly string[]): Promise<Alert[]> {
  return tx.many(sql`
    select ${columns} from flows.alerts a
    where ${isOpen} or a.fingerprint = any (${fingerprints})`)
}

/** Keeps alerts as they are now. What people did to them (acknowledged, silenced) is only taken back, never set. */
export async function keepAlerts(tx: Database, alerts: readonly Alert[]): Promise<void> {
  await tx.run(sql`
    insert into flows.alerts as a
      (fingerprint, rule, client_code, severity, state, since, value, threshold, told_state, told_at)
    select "fingerprint", "rule", "clientCode", "severity", "state", "since", "value", "threshold", "toldState", "toldAt"
    from jsonb_to_recordset(${JSON.stringify(alerts)}::jsonb) as given (
      "fingerprint" text, "rule" text, "clientCode" text, "severity" text, "state" text, "since" timestamptz,
      "value" double precision, "threshold" double precision, "toldState" text, "toldAt" timestamptz)
    on conflict (fingerprint) do update set
      severity = excluded.severity,
      state = excluded.state,
      since = excluded.since,
      value = excluded.value,
      threshold = excluded.threshold,
      told_state = excluded.told_state,
      told_at = excluded.told_at,
      acknowledged_at = case when excluded.state <> 'resolved' then a.acknowledged_at end,
      acknowledged_by = case when excluded.state <> 'resolved' then a.acknowledged_by end`)
}

/** Which alerts are meant; what is left out does not narrow them. */
export type AlertConditions = {
  fingerprint?: string | undefined
  rule?: string | undefined
  clientCode?: string | undefined
  states?: readonly AlertState[] | undefined
}

/** Matching alerts, the worst and then the newest first. */
export function selectAlerts(db: Database, conditions: AlertConditions, limit: number): Promise<Alert[]> {
  return db.many(sql`
    select ${columns} from flows.alerts a
    where ${every(conditionsOf(conditions))}
    order by array_position(array['firing', 'pending', 'resolved'], a.state),
      array_position(array['critical', 'warning', 'info'], a.severity), a.since desc, a.fingerprint
    limit ${limit}`)
}

/** Notes that somebody takes care of matching alerts that fire or are pending; gives them. */
export function markAcknowledged(
  db: Database,
  conditions: AlertConditions,
  by: string,
  at: Date,
): Promise<Alert[]> {
  return db.many(sql`
    update flows.alerts a
    set acknowledged_at = ${at}, acknowledged_by = ${by}
    where a.state <> 'resolved' and ${every(conditionsOf(conditions))}
    returning ${columns}`)
}

/** Keeps matching alerts quiet until a moment, or from now on no longer; gives them. */
export function markSilenced(
  db: Database,
  conditions: AlertConditions,
  until: Date | null,
): Promise<Alert[]> {
  return db.many(sql`
    update flows.alerts a
    set silenced_until = ${until}
    where ${every(conditionsOf(conditions))}
    returning ${columns}`)
}

/** Who is acting, as the audit trail would name them. */
export async function selectActor(db: Database): Promise<string> {
  const { actor } = await db.one<{ actor: string }>(sql`select flows_private.audit_actor() as actor`)
  return actor
}

function conditionsOf({ fingerprint, rule, clientCode, states }: AlertConditions): Sql[] {
  return [
    ...(fingerprint === undefined ? [] : [sql`a.fingerprint = ${fingerprint}`]),
    ...(rule === undefined ? [] : [sql`a.rule = ${rule}`]),
    ...(clientCode === undefined ? [] : [sql`a.client_code = ${clientCode}`]),
    ...(states === undefined ? [] : [sql`a.state = any (${states})`]),
  ]
}
