import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { eraseAgain } from './privacy.queries.ts'

/**
 * Erases again what the ledger says was erased and a restore has brought back, of one client or of all; how many there
 * were. backup:restore does it by itself; call it after every other restore, in the same transaction if there is one.
 * Throws CLIENT_NOT_FOUND.
 */
export async function replayErasures(db: Database, clientCode?: string): Promise<number> {
  const client = clientCode === undefined ? undefined : await clientByCode(db, clientCode)
  return eraseAgain(db, client?.id)
}
