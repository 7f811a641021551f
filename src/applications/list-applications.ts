import type { Database } from '../database/database.ts'
import type { Application } from './application.ts'
import { selectApplications } from './applications.queries.ts'

/** The applications of a client, the one installed last first. */
export function listApplications(db: Database, clientId: string): Promise<Application[]> {
  return selectApplications(db, clientId)
}
