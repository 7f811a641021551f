import type { Database } from '../database/database.ts'
import type { Member } from './member.ts'
import { selectMember } from './members.queries.ts'

/** The client's member with this sign-in, if there is one. */
export function findMember(db: Database, clientId: string, userId: string): Promise<Member | undefined> {
  return selectMember(db, clientId, userId)
}
