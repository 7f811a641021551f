import { basename } from 'node:path'
import { now } from '../base/clock.ts'
import { placeOf } from './backup-place.ts'
import type { Opening } from './backup-source.ts'
import type { ListedBackup } from './list-backups.ts'
import { type FaultyBackup, newestWhole } from './whole-backups.ts'

/** Where backups lie and what opens them. */
export type PrunedPlace = Opening & { folder: string }

/** Files that were deleted, and those that stay although they are of no use. */
export type Pruned = { deleted: string[]; faulty: FaultyBackup[] }

/**
 * Deletes the backups of a client, given newest first, that are older than `keep` seconds. What is kept is seen to be
 * whole before: the newest that is whole stays whatever its age, as does what is newer; without one everything stays.
 */
export async function pruneBackups(
  place: PrunedPlace,
  backups: readonly ListedBackup[],
  keep: number,
): Promise<Pruned> {
  const isOld = (backup: ListedBackup) => backup.state !== 'unreadable' && ageOf(backup) > keep
  if (!backups.slice(1).some(isOld)) return { deleted: [], faulty: [] }
  const { newest, faulty } = await newestWhole(backups, place)
  if (newest === undefined) return { deleted: [], faulty }
  const old = backups.slice(backups.indexOf(newest) + 1).filter(isOld)
  return { deleted: await deleteFiles(place, old), faulty }
}

/** Deletes the files of backups and gives their addresses. */
export async function deleteFiles(
  { folder, storage }: PrunedPlace,
  backups: readonly ListedBackup[],
): Promise<string[]> {
  const { remove } = placeOf(folder, storage)
  for (const { file } of backups) await remove(basename(file))
  return backups.map(({ file }) => file)
}

/** How long ago a backup was taken, in seconds. */
export function ageOf({ snapshotAt }: ListedBackup): number {
  return (now().getTime() - snapshotAt.getTime()) / 1_000
}
