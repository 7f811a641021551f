import type { Database } from '../database/database.ts'
import type { Client } from './client.ts'
import { updateStatus } from './clients.queries.ts'
import { clientByCode } from './find-client.ts'

/** Lets a deactivated client in again, with everything it had. An active client stays as it is. */
export async function reactivateClient(db: Database, clientCode: string): Promise<Client> {
  const client = await clientByCode(db, clientCode)
  return client.status === 'active' ? client : updateStatus(db, client.id, 'active')
}
