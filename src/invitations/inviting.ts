import type { Application } from '../applications/application.ts'
import { applicationByCode } from '../applications/find-application.ts'
import type { Client } from '../clients/client.ts'
import { activeClientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { activeClientKey } from '../keys/active-client-key.ts'
import type { ClientKey } from '../keys/client-key.ts'
import type { InvitationKeys } from './invitation-keys.ts'
import type { TokenAuthority } from './token/authority.ts'
import { mintingAuthority } from './token/minting-authority.ts'

/** Who invites to what, and under which keys. */
export type Inviting = Readonly<{
  client: Client
  application: Application
  /** Seals the invitee. */
  clientKey: ClientKey
  /** Signs with the key that is active on record. */
  authority: TokenAuthority
}>

/** Looks up what invitations of a client are made with; throws CLIENT_NOT_FOUND, CLIENT_INACTIVE, APPLICATION_NOT_FOUND, KEY_MISSING or KEY_INACTIVE. */
export async function inviting(
  db: Database,
  { clientCode, appCode }: Readonly<{ clientCode: string; appCode: string }>,
  keys: InvitationKeys,
): Promise<Inviting> {
  const client = await activeClientByCode(db, clientCode)
  const application = await applicationByCode(db, client.id, appCode)
  const clientKey = await activeClientKey(db, { clientId: client.id, masterKey: keys.masterKey })
  return { client, application, clientKey, authority: await mintingAuthority(db, keys.authority) }
}
