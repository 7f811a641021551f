import { FlowsError } from '../base/errors.ts'
import { sayCount } from '../base/say-count.ts'
import type { Database } from '../database/database.ts'
import { brokenConstraint } from '../database/failures.ts'
import type { Application } from './application.ts'
import { countInvitations, deleteApplication } from './applications.queries.ts'
import { applicationByCode } from './find-application.ts'

/**
 * Takes an application and its settings from a client and gives what it was. Throws APPLICATION_IN_USE while there
 * are invitations to it, used ones included: they are the record of who was let in.
 */
export async function removeApplication(
  db: Database,
  clientId: string,
  appCode: string,
): Promise<Application> {
  const application = await applicationByCode(db, clientId, appCode)
  try {
    await db.transaction((tx) => deleteApplication(tx, clientId, application.id))
    return application
  } catch (cause) {
    if (brokenConstraint(cause) !== 'invitations_client_id_app_id_fkey') throw cause
    const { invitations, open } = await countInvitations(db, clientId, application.id)
    const { clientCode } = application
    throw new FlowsError(
      'APPLICATION_IN_USE',
      `The application "${appCode}" of client "${clientCode}" has ${sayCount(invitations, 'invitation')}, ${open} of them open`,
      {
        hint: `See them with: invitation:list --client ${clientCode}. They stay until their retention is over; to end the open ones: invitation:revoke`,
        cause,
      },
    )
  }
}
