import { randomBytes, randomUUID } from 'node:crypto'
import { now } from '../base/clock.ts'
import { newInvitationCode } from './invitation-code.ts'
import type { CheckedDraft } from './invitation-draft.ts'
import { sealInvitee } from './invitee-cipher.ts'
import type { Inviting } from './inviting.ts'
import type { InvitationRow } from './issue.queries.ts'
import { mintToken } from './token/mint-token.ts'
import { tokenHash } from './token/token-hash.ts'

/** An invitation that was minted and not yet kept: its row, and the token that is in no row. */
export type Minted = Readonly<{ row: InvitationRow; token: string }>

/** Mints an invitation under a salt of its own; nothing is kept yet. Throws INVITATION_TOO_LARGE. */
export function mintInvitation(
  { client, application, clientKey, authority }: Inviting,
  draft: CheckedDraft,
): Minted {
  const { invitee, permissions, restrictions, maxUses, expiresIn, notBefore, invitedBy } = draft
  const id = randomUUID()
  const salt = randomBytes(16)
  const issuedAt = Math.floor(now().getTime() / 1_000)
  const nbf = notBefore === undefined ? undefined : Math.ceil(notBefore.getTime() / 1_000)
  const token = mintToken(authority, {
    sub: id,
    iat: issuedAt,
    ...(nbf === undefined ? {} : { nbf }),
    exp: issuedAt + expiresIn,
    jti: randomBytes(16).toString('base64url'),
    invitation: {
      clientCode: client.clientCode,
      appCode: application.appCode,
      epoch: clientKey.epoch,
      invitee: sealInvitee(invitee, { clientKey, salt, invitationId: id }),
      permissions,
      restrictions,
    },
  })
  const row = {
    id,
    appId: application.id,
    invitationCode: newInvitationCode(),
    permissions,
    maxUses,
    keyEpoch: clientKey.epoch,
    signingKid: authority.signingKey.kid,
    expiresAt: new Date((issuedAt + expiresIn) * 1_000),
    notBefore: nbf === undefined ? null : new Date(nbf * 1_000),
    restrictionNames: Object.keys(restrictions).sort(),
    invitedBy: invitedBy ?? null,
    tokenHash: tokenHash(token),
    piiSalt: salt,
  }
  return { row, token }
}
