import type { Database } from '../database/database.ts'
import type { Member } from './member.ts'
import { selectMembers } from './members.queries.ts'

/** Which members are wanted: all that are given must fit. */
export type MemberFilter = {
  role?: Member['role']
  status?: Member['status']
  /** How many at the most; 100 if not given. */
  limit?: number
}

/** The members of a client that fit, newest first. */
export function listMembers(
  db: Database,
  clientId: string,
  { limit = 100, ...conditions }: MemberFilter = {},
): Promise<Member[]> {
  return selectMembers(db, clientId, conditions, limit)
}
