import { pause } from '../base/clock.ts'
import type { Database } from '../database/database.ts'
import { isWalArchived, rewriteSecrets } from './privacy.queries.ts'

/** Where bytes of an erased salt or key may still lie after the data files were cleared, each with when they are gone. */
export type Remains = readonly Readonly<{ place: string; until: string }>[]

/**
 * Clears the dead copies of erased salts and keys out of the data files (VACUUM FULL of two small tables), and says where
 * else they may lie. `owner` connects as the migrating role, outside a transaction.
 */
export async function clearErased(owner: Database): Promise<Remains> {
  const isCleared = await rewritten(owner)
  return [
    ...(isCleared
      ? []
      : [
          {
            place: 'the data files of the tables, held by another transaction',
            until: 'this has run: vacuum full flows_private.invitation_secrets, flows_private.client_keys',
          },
        ]),
    {
      place: 'the write-ahead log of the server',
      until: 'its segments are overwritten, some checkpoints later; sooner on a busy server',
    },
    ...((await isWalArchived(owner))
      ? [
          {
            place: 'the archive of the write-ahead log',
            until:
              'the retention of the archive is over (on Supabase: the recovery window of the plan); this server does not say how long that is',
          },
        ]
      : []),
    {
      place: 'replicas and backups made before',
      until: 'their own retention is over; after a restore the ledger of erasures is replayed',
    },
  ]
}

// Most transactions that are older than the erasure, and keep the dead copies alive, are over within moments.
async function rewritten(owner: Database): Promise<boolean> {
  for (let attempt = 1; attempt < 10; attempt += 1) {
    const outcome = await rewriteSecrets(owner)
    if (outcome !== 'kept') return outcome === 'clear'
    await pause(attempt * 50)
  }
  return (await rewriteSecrets(owner)) === 'clear'
}
