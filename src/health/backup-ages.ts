import { now } from '../base/clock.ts'
import type { Database } from '../database/database.ts'
import { selectBackedUpClients } from './checks/backups.queries.ts'
import type { NewestBackup } from './surroundings.ts'

/** How long ago the newest backup of a client was taken, in seconds; null if none is known of. */
export type BackupAge = { clientCode: string; seconds: number | null }

/** How far back to look, and how young a client may be to have none yet and be left out; both in seconds. */
export type BackupAgesOptions = { within?: number; grace?: number }

const week = 7 * 86_400

/**
 * The age of the newest backup of every active client, as the audit trail of the last week tells of it, or as it lies
 * in a folder whose backups are given.
 */
export async function backupAges(
  db: Database,
  backups: readonly NewestBackup[] = [],
  { within = week, grace = 0 }: BackupAgesOptions = {},
): Promise<BackupAge[]> {
  const moment = now().getTime()
  return (await selectBackedUpClients(db, within)).flatMap(
    ({ clientCode, seconds, backupSeconds }): BackupAge[] => {
      const ages = backups
        .filter((backup) => backup.clientCode === clientCode)
        .map(({ takenAt }) => (moment - takenAt.getTime()) / 1_000)
      const newest = Math.min(...ages, backupSeconds ?? Number.POSITIVE_INFINITY)
      if (newest === Number.POSITIVE_INFINITY) return seconds < grace ? [] : [{ clientCode, seconds: null }]
      return [{ clientCode, seconds: newest }]
    },
  )
}
