import { applicationByCode } from '../applications/find-application.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { selectFunnel } from './funnel.queries.ts'
import type { Funnel } from './funnel.ts'

/**
 * Figures of the invitations issued since a moment, by client and application; those without any are left out. Throws
 * CLIENT_NOT_FOUND, or APPLICATION_NOT_FOUND where a client is named too.
 */
export async function invitationFunnel(
  db: Database,
  {
    clientCode,
    appCode,
    since,
  }: { clientCode?: string | undefined; appCode?: string | undefined; since?: Date | undefined } = {},
): Promise<Funnel[]> {
  const client = clientCode === undefined ? undefined : await clientByCode(db, clientCode)
  if (client !== undefined && appCode !== undefined) await applicationByCode(db, client.id, appCode)
  return selectFunnel(db, { clientId: client?.id, appCode, since })
}
