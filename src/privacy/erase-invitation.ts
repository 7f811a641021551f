import { FlowsError } from '../base/errors.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { invitationNamed } from '../invitations/find-invitation.ts'
import type { ErasureReason } from './erasure-reason.ts'
import { eraseChain } from './privacy.queries.ts'

/** What was erased: the invitation, and those of the same person that it was resent from or as. */
export type Erasure = Readonly<{
  clientCode: string
  invitations: readonly Readonly<{ id: string; invitationCode: string }>[]
  reason: ErasureReason
  erasedAt: Date
}>

/**
 * Erases the person in an invitation: the salt and the token's hash are nulled, so that no copy of the token opens any
 * more, whoever holds every key; the ledger notes it. No key of one invitation is ever cached: each is derived when it
 * is used. Dead copies stay in the data file until `clearErased`. Throws INVITATION_NOT_FOUND or INVITATION_ERASED.
 */
export async function eraseInvitation(
  db: Database,
  name: string,
  { clientCode, reason = 'request' }: { clientCode?: string | undefined; reason?: ErasureReason } = {},
): Promise<Erasure> {
  const found = await invitationNamed(db, name, clientCode)
  const { id: clientId } = await clientByCode(db, found.clientCode)
  const erased = await eraseChain(db, clientId, found.id, reason)
  const [first] = erased
  if (first === undefined) {
    throw new FlowsError('INVITATION_ERASED', `Invitation ${found.invitationCode} is erased already`, {
      hint: `See the client's erasures with: invitation:list --client ${found.clientCode} --status erased`,
    })
  }
  return {
    clientCode: found.clientCode,
    invitations: erased.map(({ id, invitationCode }) => ({ id, invitationCode })),
    reason,
    erasedAt: first.erasedAt,
  }
}
