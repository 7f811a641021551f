import { randomBytes, randomUUID } from 'node:crypto'
import { applicationByCode } from '../applications/find-application.ts'
import { now } from '../base/clock.ts'
import { activeClientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { activeClientKey } from '../keys/active-client-key.ts'
import type { Invitation } from './invitation.ts'
import { newInvitationCode } from './invitation-code.ts'
import { checkDraft, type InvitationDraft } from './invitation-draft.ts'
import { insertInvitation } from './invitations.queries.ts'
import { sealInvitee } from './invitee-cipher.ts'
import type { TokenAuthority } from './token/authority.ts'
import { mintToken } from './token/mint-token.ts'
import { tokenHash } from './token/token-hash.ts'

/** What invitations are made with. */
export type InvitationKeys = Readonly<{
  authority: TokenAuthority
  /** Unwraps the client's key; 32 bytes. */
  masterKey: Buffer
}>

/** A new invitation with its token, which exists here and nowhere else: it cannot be shown again. */
export type IssuedInvitation = Invitation & Readonly<{ token: string; url: string }>

/**
 * Issues an invitation. Name and addresses go into the token only, encrypted; the database keeps the token's hash and
 * the salt of its keys. Throws CLIENT_NOT_FOUND, CLIENT_INACTIVE, APPLICATION_NOT_FOUND, INVITATION_TOO_LARGE or the
 * error of a part of the draft that cannot stand.
 */
export async function createInvitation(
  db: Database,
  draft: InvitationDraft,
  { authority, masterKey }: InvitationKeys,
): Promise<IssuedInvitation> {
  const client = await activeClientByCode(db, draft.clientCode)
  const application = await applicationByCode(db, client.id, draft.appCode)
  const { invitee, permissions, restrictions, maxUses, expiresIn } = checkDraft(draft, application)
  const clientKey = await activeClientKey(db, { clientId: client.id, masterKey })
  const id = randomUUID()
  const salt = randomBytes(16)
  const issuedAt = Math.floor(now().getTime() / 1_000)
  const { clientCode } = client
  const { appCode } = application
  const token = mintToken(authority, {
    sub: id,
    iat: issuedAt,
    exp: issuedAt + expiresIn,
    jti: randomBytes(16).toString('base64url'),
    invitation: {
      clientCode,
      appCode,
      epoch: clientKey.epoch,
      invitee: sealInvitee(invitee, { clientKey, salt, invitationId: id }),
      permissions,
      restrictions,
    },
  })
  const invitationCode = newInvitationCode()
  const expiresAt = new Date((issuedAt + expiresIn) * 1_000)
  const { createdAt } = await insertInvitation(db, {
    clientId: client.id,
    id,
    appId: application.id,
    invitationCode,
    permissions,
    maxUses,
    keyEpoch: clientKey.epoch,
    expiresAt,
    tokenHash: tokenHash(token),
    piiSalt: salt,
  })
  return {
    id,
    invitationCode,
    clientCode,
    appCode,
    status: 'pending',
    maxUses,
    usedCount: 0,
    expiresAt,
    createdAt,
    token,
    url: linkTo(client.domain ?? authority.audience, token),
  }
}

// In the fragment, which browsers keep to themselves: it stands in no server's log and no referrer.
function linkTo(host: string, token: string): string {
  const origin = /^https?:\/\//.test(host) ? host.replace(/\/+$/, '') : `https://${host}`
  return `${origin}/#t=${token}`
}
