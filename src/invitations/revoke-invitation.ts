import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { invitationNamed } from './find-invitation.ts'
import type { Invitation } from './invitation.ts'
import { markRevoked } from './invitations.queries.ts'

/**
 * Revokes an invitation, given by id or code, that can still be redeemed. One guarded update: against a redemption at
 * the same moment exactly one of the two succeeds. Throws INVITATION_NOT_FOUND or INVITATION_NOT_REVOCABLE.
 */
export async function revokeInvitation(
  db: Database,
  name: string,
  { clientCode }: { clientCode?: string } = {},
): Promise<Invitation> {
  const found = await invitationNamed(db, name, clientCode)
  const revoked = await markRevoked(db, found.clientCode, found.id)
  const invitation = await invitationNamed(db, found.id, found.clientCode)
  if (revoked === 1) return invitation
  throw new FlowsError(
    'INVITATION_NOT_REVOCABLE',
    `Invitation ${invitation.invitationCode} is ${invitation.status} already`,
    {
      hint: `Only pending ones can be revoked: invitation:list --client ${invitation.clientCode} --status pending`,
    },
  )
}
