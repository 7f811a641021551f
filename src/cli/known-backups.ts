import { FlowsError } from '../base/errors.ts'
import type { KnownBackups } from '../health/surroundings.ts'
import type { Session } from './command.ts'

/**
 * The newest backup of each client in a folder or `bucket:<bucket>/<folder>`, or why they cannot be seen there; none
 * where no place is given.
 */
export async function knownBackups(session: Session, place: string | undefined): Promise<KnownBackups> {
  if (place === undefined) return []
  const { newestBackups } = await import('../backup/newest-backups.ts')
  const { placeOf } = await import('../backup/backup-place.ts')
  const { fullPlace, readStorage } = await import('./seal-input.ts')
  const storage = await readStorage(session, place)
  try {
    // A folder that is missing has no backups for those who are about to make it; here it was named to be looked into.
    await placeOf(fullPlace(place), storage).list()
    const newest = await newestBackups(fullPlace(place), { storage })
    return [...newest.values()].map(({ clientCode, snapshotAt, bytes }) => ({
      clientCode,
      takenAt: snapshotAt,
      bytes,
    }))
  } catch (error) {
    if (error instanceof FlowsError && /^(FILE|STORAGE)_/.test(error.code)) return error
    throw error
  }
}
