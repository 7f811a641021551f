import { now } from '../base/clock.ts'
import type { Database } from '../database/database.ts'
import { selectActiveClients } from './checks/backups.queries.ts'
import type { NewestBackup } from './surroundings.ts'

/** How long ago the newest backup of a client was taken, in seconds; null if it has none. */
export type BackupAge = { clientCode: string; seconds: number | null }

/**
 * The age of the newest backup of every active client. The database does not know its backups: `backups` are those of
 * the folder that they are written to. A client younger than `grace` seconds may have none yet and is left out then.
 */
export async function backupAges(
  db: Database,
  backups: readonly NewestBackup[],
  { grace = 0 }: { grace?: number } = {},
): Promise<BackupAge[]> {
  const newest = new Map<string, number>()
  for (const { clientCode, takenAt } of backups) {
    newest.set(clientCode, Math.max(newest.get(clientCode) ?? 0, takenAt.getTime()))
  }
  return (await selectActiveClients(db)).flatMap(({ clientCode, seconds }): BackupAge[] => {
    const taken = newest.get(clientCode)
    if (taken !== undefined) return [{ clientCode, seconds: (now().getTime() - taken) / 1_000 }]
    return seconds < grace ? [] : [{ clientCode, seconds: null }]
  })
}
