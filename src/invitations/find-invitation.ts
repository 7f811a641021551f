import { FlowsError } from '../base/errors.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import type { Invitation } from './invitation.ts'
import { selectInvitations } from './invitations.queries.ts'

/**
 * The invitation with this id or code, of one client or of all; throws INVITATION_NOT_FOUND, and USAGE if several
 * clients have the code.
 */
export async function invitationNamed(db: Database, name: string, clientCode?: string): Promise<Invitation> {
  const clientId = clientCode === undefined ? undefined : (await clientByCode(db, clientCode)).id
  const named = /^[0-9a-f-]{36}$/i.test(name) ? name.toLowerCase() : name.toUpperCase()
  const [invitation, another] = await selectInvitations(db, { clientId, named }, 2)
  if (invitation !== undefined && another === undefined) return invitation
  throw invitation === undefined
    ? new FlowsError('INVITATION_NOT_FOUND', 'There is no invitation with this id or code', {
        hint: `Look for it with: invitation:list${clientCode === undefined ? '' : ` --client ${clientCode}`}`,
      })
    : new FlowsError('USAGE', 'Several clients have an invitation with this code', {
        hint: 'Say which client is meant: --client <code>',
      })
}
