import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { selectKnown } from './invitations.queries.ts'

/** Which of these ids are invitations of the client; throws CLIENT_NOT_FOUND. */
export async function knownInvitations(
  db: Database,
  clientCode: string,
  ids: readonly string[],
): Promise<string[]> {
  const { id } = await clientByCode(db, clientCode)
  return selectKnown(db, id, ids)
}
