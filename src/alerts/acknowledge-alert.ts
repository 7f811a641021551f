import { now } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { Database } from '../database/database.ts'
import type { Alert } from './alert.ts'
import { markAcknowledged, selectActor, selectAlerts } from './alerts.queries.ts'

/** Who takes care, and since when; the database role or signed-in user that acts, and now, if not given. */
export type AcknowledgeOptions = { by?: string | undefined; at?: Date }

/**
 * Notes that somebody takes care of an alert: it is told of again only when it is over. Throws ALERT_NOT_FOUND,
 * ALERT_NOT_OPEN where it is over already, or USAGE for a `by` that is more than a handle.
 */
export async function acknowledgeAlert(
  db: Database,
  fingerprint: string,
  { by, at = now() }: AcknowledgeOptions = {},
): Promise<Alert> {
  if (by !== undefined && !/^[a-z0-9_-]{1,40}$/.test(by)) {
    throw new FlowsError('USAGE', `"${printable(by)}" is no handle`, {
      hint: 'Write initials or a duty in lower-case letters, digits and dashes, such as "night-shift"; no name or address.',
    })
  }
  const [alert] = await markAcknowledged(db, { fingerprint }, by ?? (await selectActor(db)), at)
  if (alert !== undefined) return alert
  const [over] = await selectAlerts(db, { fingerprint }, 1)
  if (over === undefined) throw unknownAlert(fingerprint)
  throw new FlowsError('ALERT_NOT_OPEN', `The alert ${fingerprint} is over already`, {
    hint: 'See what is open with: alerts:list',
  })
}

/** The error for a fingerprint that no alert has. */
export function unknownAlert(fingerprint: string): FlowsError {
  return new FlowsError('ALERT_NOT_FOUND', `There is no alert ${printable(fingerprint)}`, {
    hint: 'See their fingerprints with: alerts:list',
  })
}
