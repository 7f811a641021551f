import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { checkInviter } from './check-inviter.ts'
import { addressee, deliver } from './deliver.ts'
import { invitationNamed } from './find-invitation.ts'
import type { Invitation } from './invitation.ts'
import { checkDraft } from './invitation-draft.ts'
import type { InvitationKeys, IssueOptions } from './invitation-keys.ts'
import { type LockedInvitation, lockInvitation, markSuperseded } from './invitations.queries.ts'
import type { Invitee } from './invitee.ts'
import { inviting } from './inviting.ts'
import { type IssuedInvitation, issuing, keepMinted } from './keep-minted.ts'
import { mintInvitation } from './mint-invitation.ts'
import { openToken } from './open-token.ts'
import type { Restrictions } from './restrictions.ts'

/** For whom, and how, an invitation is issued again. Nobody is kept in the database, so one of the first two must be given. */
export type ResendDraft = Readonly<{
  /** The old token, also an expired one: its invitee and restrictions are taken over. */
  token?: string | undefined
  /** The invitee anew; stands before what the old token says. */
  invitee?: Invitee | undefined
  /** The restrictions anew; those of the old token if left out. */
  restrictions?: Restrictions | undefined
  /** In seconds from now; as for a new invitation if left out. */
  expiresIn?: number | undefined
  notBefore?: Date | undefined
}>

/** A new invitation, and the one whose place it has taken. */
export type ResentInvitation = IssuedInvitation & Readonly<{ supersedes: string }>

/**
 * Issues an invitation again: a new token under a new salt, with the uses that were left; the old token is superseded
 * in the same transaction. Because the expiry is signed, this is also how an invitation is extended. Throws
 * INVITATION_NOT_FOUND, INVITATION_NOT_RESENDABLE, INVITATION_NOT_VALID for a token that is not this invitation's, or
 * what createInvitation does.
 */
export async function resendInvitation(
  db: Database,
  name: string,
  draft: ResendDraft & Readonly<{ clientCode?: string | undefined }>,
  keys: InvitationKeys,
  { post }: IssueOptions = {},
): Promise<ResentInvitation> {
  const found = await invitationNamed(db, name, draft.clientCode)
  const { clientCode, appCode } = found
  const { issued, ...letter } = await issuing(db, clientCode, async (tx) => {
    const host = await inviting(tx, { clientCode, appCode }, keys)
    const old = await lockInvitation(tx, host.client.id, found.id)
    if (old.status !== 'pending' && old.status !== 'expired') throw notResendable(found, old)
    const opened = draft.token === undefined ? undefined : await openToken(tx, draft.token, found.id, keys)
    const restrictions = draft.restrictions ?? opened?.restrictions ?? {}
    checkCarriedOver(old, restrictions, opened?.restrictions)
    const checked = checkDraft(
      {
        clientCode,
        appCode,
        invitee: { ...opened?.invitee, ...draft.invitee },
        permissions: old.permissions,
        restrictions,
        maxUses: old.maxUses - old.usedCount,
        expiresIn: draft.expiresIn,
        notBefore: draft.notBefore,
        invitedBy: old.invitedBy ?? undefined,
      },
      host.application,
    )
    await checkInviter(tx, host.client, checked)
    if (post !== undefined) addressee(checked.invitee)
    const minted = mintInvitation(host, checked)
    const [issued] = await keepMinted(tx, host, [minted], { mailed: post !== undefined })
    await markSuperseded(tx, host.client.id, found.id, minted.row.id)
    return { issued: issued as IssuedInvitation, host, invitee: checked.invitee }
  })
  const resent = { ...issued, supersedes: found.invitationCode }
  if (post === undefined) return resent
  return { ...resent, ...(await deliver(db, { issued, ...letter, kind: 'reminder' }, post)) }
}

// The database knows what was demanded by name only; resent without the old token, it must not be demanded no more.
function checkCarriedOver(
  { restrictionNames }: LockedInvitation,
  restrictions: Restrictions,
  opened: Restrictions | undefined,
): void {
  const dropped = restrictionNames.filter((name) => !Object.hasOwn(restrictions, name))
  if (opened !== undefined || dropped.length === 0) return
  throw new FlowsError(
    'INVITATION_RESTRICTION_INVALID',
    `The old token was restricted (${dropped.join(', ')}), and what by stands in it alone`,
    { hint: 'Give the old token with --token-file, or its restrictions again with --restriction.' },
  )
}

function notResendable(
  { invitationCode, clientCode, appCode }: Invitation,
  { status }: LockedInvitation,
): FlowsError {
  return new FlowsError('INVITATION_NOT_RESENDABLE', `Invitation ${invitationCode} is ${status} already`, {
    hint: `Only pending and expired ones are sent again; make a new one with: invitation:create --client ${clientCode} --app ${appCode}`,
  })
}
