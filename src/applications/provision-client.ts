import type { ClientDraft } from '../clients/client.ts'
import { type CreateClientOptions, type CreatedClient, createClient } from '../clients/create-client.ts'
import type { Database } from '../database/database.ts'
import type { AppConfig } from './app-config.ts'
import { installApplication } from './install-application.ts'

/** A client that was just made, with its bucket and the codes of its applications. */
export type ProvisionedClient = CreatedClient & { applications: string[] }

/** Creates a client with its applications, whole or not at all; throws what createClient and installApplication do. */
export function provisionClient(
  db: Database,
  draft: ClientDraft,
  configs: readonly AppConfig[],
  options: CreateClientOptions,
): Promise<ProvisionedClient> {
  return db.transaction(async (tx) => {
    const client = await createClient(tx, draft, options)
    const applications: string[] = []
    for (const config of configs) {
      const { appCode } = await installApplication(tx, client, config)
      applications.push(appCode)
    }
    return { ...client, applications }
  })
}
