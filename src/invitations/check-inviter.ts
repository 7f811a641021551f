import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { findMember } from '../members/find-member.ts'
import type { CheckedDraft } from './invitation-draft.ts'

/**
 * Holds a member who invites to what it may: only an active admin of the client, and only permissions of its own.
 * Throws INVITATION_INVITER_UNFIT.
 */
export async function checkInviter(
  db: Database,
  { id, clientCode }: { id: string; clientCode: string },
  { invitedBy, permissions }: CheckedDraft,
): Promise<void> {
  if (invitedBy === undefined) return
  const inviter = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(invitedBy)
    ? await findMember(db, id, invitedBy)
    : undefined
  if (inviter?.status !== 'active' || inviter.role !== 'admin') {
    throw new FlowsError('INVITATION_INVITER_UNFIT', 'Only an active admin of the client may invite', {
      hint: `See who is one with: member:list --client ${clientCode} --role admin`,
    })
  }
  const beyond = permissions.filter((permission) => !inviter.permissions.includes(permission))
  if (beyond.length === 0) return
  throw new FlowsError(
    'INVITATION_INVITER_UNFIT',
    `Nobody hands on what they do not have: ${beyond.join(', ')}`,
    { hint: `See what the inviter may with: member:list --client ${clientCode}` },
  )
}
