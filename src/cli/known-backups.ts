import type { NewestBackup } from '../health/surroundings.ts'
import type { Session } from './command.ts'

/** The newest backup of each client in a folder or `bucket:<bucket>/<folder>`; none where no place is given. */
export async function knownBackups(session: Session, place: string | undefined): Promise<NewestBackup[]> {
  if (place === undefined) return []
  const { newestBackups } = await import('../backup/newest-backups.ts')
  const { fullPlace, readStorage } = await import('./seal-input.ts')
  const newest = await newestBackups(fullPlace(place), { storage: await readStorage(session, place) })
  return [...newest.values()].map(({ clientCode, snapshotAt, bytes }) => ({
    clientCode,
    takenAt: snapshotAt,
    bytes,
  }))
}
