import { readAppTemplate } from '../applications/app-template.ts'
import { provisionClient } from '../applications/provision-client.ts'
import type { Client, ClientDraft } from '../clients/client.ts'
import { findClient } from '../clients/find-client.ts'
import type { Settings } from '../config/settings.ts'
import type { Database } from '../database/database.ts'

const drafts = [
  {
    clientCode: 'acme',
    legalName: 'Acme Corporation',
    domain: 'acme-corp.thepia.net',
    region: 'EU',
    tier: 'free',
  },
  { clientCode: 'globex', legalName: 'Globex GmbH', domain: 'globex.thepia.net', region: 'EU', tier: 'pro' },
] as const satisfies readonly ClientDraft[]

/** A demonstration client, and whether it was there before. */
export type DemoClient = Client & { existed: boolean }

/** Sees to it that the demonstration clients acme (free) and globex (pro) exist, with the application offboarding. */
export async function ensureDemoClients(db: Database, settings: Settings): Promise<DemoClient[]> {
  const { masterKey, storageBucketPrefix } = settings
  const application = await readAppTemplate('offboarding')
  const clients: DemoClient[] = []
  for (const draft of drafts) {
    const known = await findClient(db, draft.clientCode)
    const client =
      known ?? (await provisionClient(db, draft, [application], { masterKey, storageBucketPrefix }))
    clients.push({ ...client, existed: known !== undefined })
  }
  return clients
}
