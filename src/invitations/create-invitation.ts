import type { Database } from '../database/database.ts'
import { checkInviter } from './check-inviter.ts'
import { addressee, deliver } from './deliver.ts'
import { checkDraft, type InvitationDraft } from './invitation-draft.ts'
import type { InvitationKeys, IssueOptions } from './invitation-keys.ts'
import { inviting } from './inviting.ts'
import { type IssuedInvitation, issuing, keepMinted } from './keep-minted.ts'
import { mintInvitation } from './mint-invitation.ts'

/**
 * Issues an invitation. Name and addresses go into the token only, encrypted; the database keeps the token's hash and
 * the salt of its keys. Throws CLIENT_NOT_FOUND, CLIENT_INACTIVE, APPLICATION_NOT_FOUND, INVITATION_TOO_LARGE,
 * INVITATION_INVITER_UNFIT, INVITATION_RATE_LIMITED or the error of a part of the draft that cannot stand.
 */
export async function createInvitation(
  db: Database,
  draft: InvitationDraft,
  keys: InvitationKeys,
  { post }: IssueOptions = {},
): Promise<IssuedInvitation> {
  const { issued, ...letter } = await issuing(db, draft.clientCode, async (tx) => {
    const host = await inviting(tx, draft, keys)
    const checked = checkDraft(draft, host.application)
    await checkInviter(tx, host.client, checked)
    if (post !== undefined) addressee(checked.invitee)
    const minted = mintInvitation(host, checked)
    const [issued] = await keepMinted(tx, host, [minted], { mailed: post !== undefined })
    return { issued: issued as IssuedInvitation, host, invitee: checked.invitee }
  })
  if (post === undefined) return issued
  return { ...issued, ...(await deliver(db, { issued, ...letter, kind: 'invitation' }, post)) }
}
