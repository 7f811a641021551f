import type { Database } from '../database/database.ts'
import { createClientKey } from '../keys/create-client-key.ts'
import { createBucket } from '../storage/create-bucket.ts'
import { type Client, type ClientDraft, checkClientDraft } from './client.ts'
import { clientFailure } from './client-failure.ts'
import { insertClient } from './clients.queries.ts'

/** What a client is made with beside its own data. */
export type CreateClientOptions = {
  /** Wraps the client's key; 32 bytes. */
  masterKey: Buffer
  storageBucketPrefix: string
}

/** A client that was just made, with its bucket. */
export type CreatedClient = Client & { bucketId: string }

/**
 * Registers a client with its bucket and its key, whole or not at all. Its audit events are written by triggers,
 * so they cannot be forgotten. Throws CLIENT_CODE_TAKEN, CLIENT_CODE_ERASED, CLIENT_DOMAIN_TAKEN, CLIENT_TIER_UNKNOWN, BUCKET_TAKEN or
 * the error of a field that cannot stand.
 */
export async function createClient(
  db: Database,
  draft: ClientDraft,
  { masterKey, storageBucketPrefix }: CreateClientOptions,
): Promise<CreatedClient> {
  checkClientDraft(draft)
  try {
    return await db.transaction(async (tx) => {
      const client = await insertClient(tx, draft)
      const { id: clientId, clientCode } = client
      const bucketId = await createBucket(tx, { clientId, clientCode, prefix: storageBucketPrefix })
      await createClientKey(tx, { clientId, masterKey })
      return { ...client, bucketId }
    })
  } catch (cause) {
    throw await clientFailure(cause, db, draft)
  }
}
