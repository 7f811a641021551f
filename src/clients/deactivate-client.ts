import type { Database } from '../database/database.ts'
import type { Client } from './client.ts'
import { updateStatus } from './clients.queries.ts'
import { clientByCode } from './find-client.ts'

/**
 * Shuts a client out: from the next statement on its members see nothing, its files are closed and its invitations
 * cannot be redeemed. Nothing is deleted. A client that is deactivated already stays as it is.
 */
export async function deactivateClient(db: Database, clientCode: string): Promise<Client> {
  const client = await clientByCode(db, clientCode)
  return client.status === 'inactive' ? client : updateStatus(db, client.id, 'inactive')
}
