import { FlowsError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Database } from '../database/database.ts'
import { type Client, checkClientCode } from './client.ts'
import { selectClient, selectClientCodes } from './clients.queries.ts'

/** The client with this code, if there is one; throws CLIENT_CODE_INVALID for what cannot be a code. */
export async function findClient(db: Database, clientCode: string): Promise<Client | undefined> {
  checkClientCode(clientCode)
  return selectClient(db, clientCode)
}

/** The client with this code; throws CLIENT_NOT_FOUND with the code that was probably meant. */
export async function clientByCode(db: Database, clientCode: string): Promise<Client> {
  const client = await findClient(db, clientCode)
  if (client !== undefined) return client
  const meant = nearest(clientCode, await selectClientCodes(db, 10_000))
  throw new FlowsError('CLIENT_NOT_FOUND', `There is no client "${clientCode}"`, {
    hint:
      meant === undefined ? 'See all with: client:list' : `Did you mean ${meant}? See all with: client:list`,
  })
}

/** The client with this code if it is active; throws CLIENT_NOT_FOUND or CLIENT_INACTIVE. */
export async function activeClientByCode(db: Database, clientCode: string): Promise<Client> {
  const client = await clientByCode(db, clientCode)
  if (client.status === 'active') return client
  throw new FlowsError('CLIENT_INACTIVE', `Client "${clientCode}" is deactivated`, {
    hint: `Let it in again with: client:reactivate ${clientCode}`,
  })
}
