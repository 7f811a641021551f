import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { eraseEverybody, isErasedCode, isOfErasedClient, noteReturn } from './erased-client.queries.ts'
import type { BackupHeader } from './header.ts'

/** Whether a backup of a client that was erased since may be used all the same. */
export type ErasedWish = { erased?: boolean }

/** Whether the client of a backup was erased since it was made; throws BACKUP_CLIENT_ERASED unless that is wished. */
export async function meetErasure(
  tx: Database,
  { clientId, clientCode, snapshotAt }: BackupHeader,
  { erased = false }: ErasedWish,
): Promise<boolean> {
  const wasErased = await isOfErasedClient(tx, clientId, snapshotAt)
  if (!wasErased || erased) return wasErased
  throw new FlowsError(
    'BACKUP_CLIENT_ERASED',
    `Client "${clientCode}" was erased after this backup was made`,
    {
      hint: 'Nothing was changed. If it was erased by mistake, bring back its rows, but no keys, with: --erased',
    },
  )
}

/** Throws CLIENT_CODE_ERASED for a code that another client had until it was erased; a new client has no id yet. */
export async function refuseErasedCode(
  tx: Database,
  clientCode: string,
  clientId: string | null,
): Promise<void> {
  if (!(await isErasedCode(tx, clientCode, clientId))) return
  throw new FlowsError(
    'CLIENT_CODE_ERASED',
    `The code "${clientCode}" belonged to a client that was erased`,
    {
      hint: 'Choose another code with --as.',
    },
  )
}

/**
 * Keeps an erasure an erasure although the client is back: whoever its invitations were for is erased, each one is
 * put into the ledger, and backups made from now on are taken again. Gives how many invitations that were.
 */
export async function eraseReturned(tx: Database, clientId: string): Promise<number> {
  await noteReturn(tx, clientId)
  return eraseEverybody(tx, clientId)
}
