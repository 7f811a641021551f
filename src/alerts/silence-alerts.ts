import type { Database } from '../database/database.ts'
import { unknownAlert } from './acknowledge-alert.ts'
import type { Alert } from './alert.ts'
import { markSilenced } from './alerts.queries.ts'

/** Which alerts are meant: one, or all of a rule, of a client, or of both. */
export type SilenceTarget = {
  fingerprint?: string | undefined
  rule?: string | undefined
  clientCode?: string | undefined
}

/**
 * Keeps alerts that are or were quiet until a moment, or with null lets them be told of again; gives them. What is
 * still wrong when the silence ends is told then. Throws ALERT_NOT_FOUND for a fingerprint that no alert has.
 */
export async function silenceAlerts(
  db: Database,
  target: SilenceTarget,
  until: Date | null,
): Promise<Alert[]> {
  const alerts = await markSilenced(db, target, until)
  if (alerts.length === 0 && target.fingerprint !== undefined) throw unknownAlert(target.fingerprint)
  return alerts
}
