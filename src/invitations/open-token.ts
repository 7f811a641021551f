import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { equalBytes } from '../keys/equal-bytes.ts'
import { findClientKeyOfEpoch } from '../keys/find-client-key-of-epoch.ts'
import type { InvitationKeys } from './invitation-keys.ts'
import type { Invitee } from './invitee.ts'
import { openInvitee } from './invitee-cipher.ts'
import { findInvitationRecord } from './redemption.queries.ts'
import type { Restrictions } from './restrictions.ts'
import { tokenHash } from './token/token-hash.ts'
import { verifyToken } from './token/verify-token.ts'

/**
 * Whom the token of this invitation is for and what it demands, whatever has become of it, but for erasure. Throws
 * INVITATION_NOT_VALID if it is not the token of this invitation or cannot be opened.
 */
export async function openToken(
  db: Database,
  token: string,
  invitationId: string,
  { authority, masterKey }: InvitationKeys,
): Promise<{ invitee: Invitee; restrictions: Restrictions }> {
  const { claims } = verifyToken(token, authority)
  const record =
    claims?.sub === invitationId
      ? await findInvitationRecord(db, claims.invitation.clientCode, claims.sub)
      : undefined
  if (claims === null || !record?.tokenHash || !equalBytes(record.tokenHash, tokenHash(token))) {
    throw notItsToken('The token given is not the one of this invitation')
  }
  const { clientId, keyEpoch: epoch, piiSalt } = record
  const clientKey = await findClientKeyOfEpoch(db, { clientId, epoch, masterKey })
  if (clientKey === undefined || piiSalt === null) {
    throw notItsToken('The keys that sealed the name and addresses in this token are gone')
  }
  const { invitee, restrictions } = claims.invitation
  return { invitee: openInvitee(invitee, { clientKey, salt: piiSalt, invitationId }), restrictions }
}

function notItsToken(message: string): FlowsError {
  return new FlowsError('INVITATION_NOT_VALID', message, {
    hint: 'Say for whom it is with --invitee, --full-name and --private-email instead of --token-file.',
  })
}
