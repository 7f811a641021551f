import { FlowsError } from '../base/errors.ts'
import type { Client } from '../clients/client.ts'
import type { Database } from '../database/database.ts'
import type { Member } from './member.ts'
import { memberFailure } from './member-failure.ts'
import { updateJoined } from './members.queries.ts'

/** What may change of a member; what is left out stays. */
export type MemberChanges = { role?: Member['role']; status?: Member['status'] }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Changes what a member is inside its client; a token issued before says the old role until it is renewed. Throws
 * MEMBER_NOT_FOUND, or MEMBER_LIMIT_REACHED if another active member would be one too many.
 */
export async function updateMember(
  db: Database,
  client: Pick<Client, 'id' | 'clientCode'>,
  userId: string,
  changes: MemberChanges,
): Promise<Member> {
  const member = uuid.test(userId) ? await change(db, client.id, userId, changes) : undefined
  if (member !== undefined) return member
  throw new FlowsError('MEMBER_NOT_FOUND', `Client "${client.clientCode}" has no member with this user id`, {
    hint: `See them with: member:list --client ${client.clientCode}`,
  })
}

async function change(
  db: Database,
  clientId: string,
  userId: string,
  changes: MemberChanges,
): Promise<Member | undefined> {
  try {
    return await db.transaction((tx) => updateJoined(tx, clientId, userId, changes))
  } catch (cause) {
    throw memberFailure(cause)
  }
}
