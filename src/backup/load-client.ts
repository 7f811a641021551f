import type { Database } from '../database/database.ts'
import type { Opening } from './backup-source.ts'
import { checkRows } from './check-restored.ts'
import { measuredTables } from './client-tables.ts'
import { damaged } from './damaged.ts'
import { type BackupHeader, type BackupTable, tableName } from './header.ts'
import { type Destination, type LoadedRows, loadRows, rowFailure } from './load-rows.ts'
import type { ReadBackup } from './read-backup.ts'
import {
  amendFromStage,
  bringSaltsBack,
  deleteRows,
  hasEvents,
  keepSalts,
  mergeStage,
  selectPresentClients,
} from './restore.queries.ts'
import type { RestorePlan } from './restore-plan.ts'

/** Rows that writers of this moment hold on to: they get their values in place, and are never away. */
const inPlace = ['flows.clients', 'flows.client_buckets']

/** What only ever grows, and what a key's state says now: only what is missing is added. */
const merged = ['storage.buckets', 'flows_private.client_keys', 'flows_private.erasures']

/** Counts of the present hour. */
const present = ['flows_private.invitation_rates']

/**
 * Puts the rows of a backup in the place of those that its client has, under the same ids, and compares them with the
 * backup. The trail of a client that has one is left as it is. Throws BACKUP_UNFIT.
 */
export async function loadClient(
  tx: Database,
  file: string,
  verified: ReadBackup,
  { mode, catalog, wasErased }: RestorePlan,
  options: { opening: Opening; progress: (text: string) => void },
): Promise<LoadedRows> {
  const { clientId, withKeys } = verified.header
  const keepsTrail = mode === 'replaced' || (await hasEvents(tx, clientId))
  const kept = [...inPlace, ...merged, ...present, 'flows.audit_events', ...measuredTables]
  const keepsMeasured = mode === 'replaced'
  await keepSalts(tx, clientId)
  for (const table of catalog.tables) {
    if (!kept.includes(tableName(table))) await deleteRows(tx, table, clientId)
  }
  const destinationOf = (table: BackupTable): Destination => {
    const name = tableName(table)
    if (name === 'flows.audit_events' && keepsTrail) return 'nowhere'
    if (present.includes(name)) return 'nowhere'
    if (keepsMeasured && measuredTables.includes(name)) return 'nowhere'
    if (wasErased && name === 'flows_private.client_keys') return 'nowhere'
    return inPlace.includes(name) || merged.includes(name) ? 'stage' : 'table'
  }
  const isCompared = (name: string) => !merged.includes(name)
  const loaded = await loadRows(tx, file, verified, { ...options, destinationOf, isCompared })
  for (const table of loaded.header.tables) {
    const name = tableName(table)
    const stage = loaded.stages.get(name)
    if (stage === undefined) continue
    try {
      if (merged.includes(name)) await mergeStage(tx, table, stage)
      else await amendFromStage(tx, table, stage, clientId)
    } catch (error) {
      throw rowFailure(error, name)
    }
  }
  await checkRows(tx, loaded)
  await checkCode(tx, loaded.header)
  await bringSaltsBack(tx, clientId, withKeys)
  return loaded
}

/** Its row says how a client is called, too; whoever confirmed a code confirmed that of the header. */
async function checkCode(tx: Database, { clientId, clientCode }: BackupHeader): Promise<void> {
  const [client] = await selectPresentClients(tx, { clientId, clientCode })
  if (client?.id !== clientId || client.clientCode !== clientCode)
    throw damaged('The client is called otherwise in its row than in the header')
}
