import type { Database } from '../database/database.ts'
import type { AppConfig } from './app-config.ts'
import type { Application } from './application.ts'
import { updateInstalled } from './applications.queries.ts'
import { applicationByCode } from './find-application.ts'

/**
 * Changes a client's application; what is left out stays, and settings are replaced as a whole. Invitations issued
 * before keep the permissions they were signed with. Throws APPLICATION_NOT_FOUND.
 */
export async function updateApplication(
  db: Database,
  clientId: string,
  appCode: string,
  changes: Partial<Omit<AppConfig, 'appCode'>>,
): Promise<Application> {
  const changed = await updateInstalled(db, clientId, appCode, changes)
  return changed ?? applicationByCode(db, clientId, appCode)
}
