import { ensureAuditPartitions } from '../audit/ensure-audit-partitions.ts'
import { syncTiers } from '../clients/sync-tiers.ts'
import type { ConfiguredTier } from '../config/tiers.ts'
import type { Database } from '../database/database.ts'
import { hasTable } from '../database/has-table.ts'
import type { Session } from './command.ts'

/**
 * What a migrated database needs besides: the tiers of config/client-tiers.json (read before anything is changed, so
 * that a faulty file changes nothing) and the audit trail's next months. Left for later while the migrations that
 * make their tables are not applied, and under --dry-run.
 */
export async function finishSetup(
  { owner, dryRun, progress }: Session,
  tiers: Readonly<Record<string, ConfiguredTier>>,
): Promise<void> {
  if (!dryRun) await finishDatabase(await owner(), tiers, progress)
}

/** The same for a connection of the migrating role. */
export async function finishDatabase(
  db: Database,
  tiers: Readonly<Record<string, ConfiguredTier>>,
  progress: (text: string) => void,
): Promise<void> {
  if (!(await hasTable(db, 'flows', 'client_tiers'))) return
  const changed = await syncTiers(db, tiers)
  if (changed.length > 0) progress(`Limits changed of the tiers ${changed.join(', ')}`)
  await ensureAuditPartitions(db, { progress })
}
