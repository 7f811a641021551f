import { now } from '../base/clock.ts'
import type { Database } from '../database/database.ts'
import { selectBackedUpClients } from './checks/backups.queries.ts'
import type { NewestBackup } from './surroundings.ts'

/**
 * The newest backup of a client: when it was taken, how many seconds ago, and how large it is; null if none is known
 * of, and the size also if nobody tells it.
 */
export type BackupAge = {
  clientCode: string
  takenAt: Date | null
  seconds: number | null
  bytes: number | null
}

/** How old a backup may be before more of the trail is read, and how young a client to be left out without one; in seconds. */
export type BackupAgesOptions = { enough?: number; grace?: number }

const week = 7 * 86_400

/**
 * The age of the newest backup of every active client, as the audit trail of the last week tells of it, or as it lies
 * in a folder whose backups are given. Health, alerts and metrics all go by it.
 */
export async function backupAges(
  db: Database,
  backups: readonly NewestBackup[] = [],
  { enough = week, grace = 0 }: BackupAgesOptions = {},
): Promise<BackupAge[]> {
  const given = newestOf(backups)
  const fresh = await agesWithin(db, given, enough, grace)
  const areFresh = fresh.every(({ seconds }) => seconds !== null && seconds <= enough)
  // How old an old one is takes reading more of the trail.
  return areFresh || enough >= week ? fresh : agesWithin(db, given, week, grace)
}

async function agesWithin(
  db: Database,
  given: ReadonlyMap<string, NewestBackup>,
  within: number,
  grace: number,
): Promise<BackupAge[]> {
  const moment = now().getTime()
  return (await selectBackedUpClients(db, within)).flatMap(
    ({ clientCode, seconds, takenAt, bytes }): BackupAge[] => {
      const told = takenAt === null ? undefined : { clientCode, takenAt, bytes }
      const newest = newer(told, given.get(clientCode))
      if (newest === undefined) {
        return seconds < grace ? [] : [{ clientCode, takenAt: null, seconds: null, bytes: null }]
      }
      const age = (moment - newest.takenAt.getTime()) / 1_000
      return [{ clientCode, takenAt: newest.takenAt, seconds: age, bytes: newest.bytes ?? null }]
    },
  )
}

function newestOf(backups: readonly NewestBackup[]): ReadonlyMap<string, NewestBackup> {
  const newest = new Map<string, NewestBackup>()
  for (const backup of backups) {
    newest.set(backup.clientCode, newer(backup, newest.get(backup.clientCode)) ?? backup)
  }
  return newest
}

function newer(a: NewestBackup | undefined, b: NewestBackup | undefined): NewestBackup | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.takenAt > b.takenAt ? a : b
}
