import type { Database } from '../database/database.ts'
import type { Alert } from './alert.ts'
import { type AlertConditions, selectAlerts } from './alerts.queries.ts'

/** Which alerts are wanted; those that are pending or firing if no state is given. */
export type AlertFilter = AlertConditions & {
  /** How many at the most; 1,000 if not given. */
  limit?: number
}

/** The alerts that fit, what fires first, and of that the worst. */
export function listAlerts(db: Database, { limit = 1_000, ...filter }: AlertFilter = {}): Promise<Alert[]> {
  return selectAlerts(db, { ...filter, states: filter.states ?? ['pending', 'firing'] }, limit)
}
