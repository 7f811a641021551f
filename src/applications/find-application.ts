import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import type { Database } from '../database/database.ts'
import type { Application } from './application.ts'
import { selectApplication, selectApplications } from './applications.queries.ts'

/** The client's application with this code; throws APPLICATION_NOT_FOUND, naming those that are installed. */
export async function applicationByCode(
  db: Database,
  clientId: string,
  appCode: string,
): Promise<Application> {
  const application = await selectApplication(db, clientId, appCode)
  if (application !== undefined) return application
  const installed = (await selectApplications(db, clientId)).map(({ appCode }) => appCode)
  throw new FlowsError('APPLICATION_NOT_FOUND', `The client has no application "${printable(appCode)}"`, {
    hint:
      installed.length === 0
        ? `It has none yet; install one with: app:install --client <code> --app ${appCode}`
        : `It has: ${installed.join(', ')}. Install another with: app:install`,
  })
}
