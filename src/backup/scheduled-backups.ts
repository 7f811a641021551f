import { basename } from 'node:path'
import { now } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import { listClients } from '../clients/list-clients.ts'
import type { Database } from '../database/database.ts'
import { placeOf } from './backup-place.ts'
import { type CreateBackupOptions, type CreatedBackup, createBackup } from './create-backup.ts'
import { type ListedBackup, listBackups } from './list-backups.ts'

/** What a timetable adds to a backup; seconds. */
export type Timetable = {
  /** A client with a backup that is not older than this is passed over. */
  olderThan?: number | undefined
  /** Backups older than this are deleted, but never the newest of a client. */
  keep?: number | undefined
}

/** What became of each client. */
export type ScheduledBackups = {
  created: CreatedBackup[]
  /** Clients whose backup is young enough. */
  skipped: string[]
  /** Clients of which no backup could be made, and why. */
  failed: { clientCode: string; code: string; message: string }[]
  /** Files that were deleted. */
  deleted: string[]
}

/**
 * Backs up several clients, each as it is at one moment of its own; all if no codes are given. One that fails does
 * not keep the others from theirs. Safe to run again and again.
 */
export async function createBackups(
  db: Database,
  codes: readonly string[] | undefined,
  options: CreateBackupOptions & Timetable,
): Promise<ScheduledBackups> {
  const clientCodes =
    codes ?? (await listClients(db, { limit: 1_000_000 })).map((client) => client.clientCode)
  const result: ScheduledBackups = { created: [], skipped: [], failed: [], deleted: [] }
  for (const clientCode of clientCodes) {
    try {
      const age = await ageOfNewest(options, clientCode)
      if (options.olderThan !== undefined && age <= options.olderThan) result.skipped.push(clientCode)
      else result.created.push(await createBackup(db, clientCode, options))
      if (options.keep !== undefined) {
        result.deleted.push(...(await deleteOld(options, clientCode, options.keep)))
      }
    } catch (error) {
      if (codes?.length === 1 || !(error instanceof FlowsError)) throw error
      result.failed.push({ clientCode, code: error.code, message: error.message })
    }
  }
  return result
}

type Place = Pick<CreateBackupOptions, 'folder' | 'storage'>

async function ageOfNewest(place: Place, clientCode: string): Promise<number> {
  const newest = (await backupsOf(place, clientCode)).find(({ state }) => state !== 'unreadable')
  return newest === undefined ? Number.POSITIVE_INFINITY : ageOf(newest)
}

async function deleteOld(place: Place, clientCode: string, keep: number): Promise<string[]> {
  const [, ...older] = (await backupsOf(place, clientCode)).filter(({ state }) => state !== 'unreadable')
  const old = older.filter((backup) => ageOf(backup) > keep)
  const { remove } = placeOf(place.folder, place.storage)
  for (const { file } of old) await remove(basename(file))
  return old.map(({ file }) => file)
}

async function backupsOf({ folder, storage }: Place, clientCode: string): Promise<ListedBackup[]> {
  try {
    const backups = await listBackups(folder, { storage })
    return backups.filter((backup) => backup.clientCode === clientCode)
  } catch (error) {
    // The first backup makes the folder.
    if (error instanceof FlowsError && error.code === 'FILE_UNREADABLE') return []
    throw error
  }
}

function ageOf({ snapshotAt }: ListedBackup): number {
  return (now().getTime() - snapshotAt.getTime()) / 1_000
}
