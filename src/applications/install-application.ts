import { FlowsError } from '../base/errors.ts'
import type { Client } from '../clients/client.ts'
import type { Database } from '../database/database.ts'
import { brokenConstraint } from '../database/failures.ts'
import type { AppConfig } from './app-config.ts'
import type { Application } from './application.ts'
import { insertApplication } from './applications.queries.ts'

/** Gives a client an application; throws APPLICATION_INSTALLED if it has one of this code. */
export async function installApplication(
  db: Database,
  client: Pick<Client, 'id' | 'clientCode'>,
  config: AppConfig,
): Promise<Application> {
  try {
    return await db.transaction((tx) => insertApplication(tx, client.id, config))
  } catch (cause) {
    if (brokenConstraint(cause) !== 'client_applications_client_id_app_code_key') throw cause
    throw new FlowsError(
      'APPLICATION_INSTALLED',
      `Client "${client.clientCode}" has the application "${config.appCode}" already`,
      { hint: `Change it with: app:update --client ${client.clientCode} --app ${config.appCode}`, cause },
    )
  }
}
