import { applicationByCode } from '../applications/find-application.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import type { Delivery, Invitation, InvitationStatus } from './invitation.ts'
import { selectInvitations } from './invitations.queries.ts'

/** What a list is narrowed to; what is left out does not narrow it. */
export type InvitationFilter = Readonly<{
  clientCode?: string | undefined
  appCode?: string | undefined
  status?: InvitationStatus | undefined
  /** Still pending, and over within so many seconds. */
  expiringWithin?: number | undefined
  /** Only those whose mail has got this far. */
  delivery?: Delivery | undefined
  /** 100 if left out. */
  limit?: number | undefined
}>

/** Invitations, newest first; throws CLIENT_NOT_FOUND, or APPLICATION_NOT_FOUND where a client is named too. */
export async function listInvitations(db: Database, filter: InvitationFilter = {}): Promise<Invitation[]> {
  const { clientCode, appCode, status, expiringWithin, delivery, limit = 100 } = filter
  const client = clientCode === undefined ? undefined : await clientByCode(db, clientCode)
  if (client !== undefined && appCode !== undefined) await applicationByCode(db, client.id, appCode)
  return selectInvitations(db, { clientId: client?.id, appCode, status, expiringWithin, delivery }, limit)
}
