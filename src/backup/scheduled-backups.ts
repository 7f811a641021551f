import { FlowsError } from '../base/errors.ts'
import { clientByCode } from '../clients/find-client.ts'
import { listClients } from '../clients/list-clients.ts'
import type { Database } from '../database/database.ts'
import { isBucketAddress } from './bucket-address.ts'
import { type CreateBackupOptions, type CreatedBackup, createBackup } from './create-backup.ts'
import { pruneErased } from './erased-backups.ts'
import { type ListedBackup, listBackups } from './list-backups.ts'
import { ageOf, type PrunedPlace, pruneBackups } from './prune-backups.ts'
import { type FaultyBackup, type NewestWhole, newestWhole } from './whole-backups.ts'

/** What a timetable adds to a backup; seconds. */
export type Timetable = {
  /** A client with a backup that is not older than this is passed over. */
  olderThan?: number | undefined
  /** Backups older than this are deleted, but never the newest of a client that is whole; of an erased client all. */
  keep?: number | undefined
  /** Gets the result before it is filled, and for how many clients. */
  begun?: ((result: ScheduledBackups, clients: number) => void) | undefined
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
  /** Files that are damaged or cannot be opened: they count neither as fresh nor as the newest. */
  faulty: FaultyBackup[]
}

/**
 * Backs up several clients, each as it is at one moment of its own; all if no codes are given. One that fails does
 * not keep the others from theirs. Of all clients, `keep` also deletes what is old of those that were erased. Safe to run
 * again and again.
 */
export async function createBackups(
  db: Database,
  codes: readonly string[] | undefined,
  options: CreateBackupOptions & Timetable,
): Promise<ScheduledBackups> {
  const clientCodes =
    codes ?? (await listClients(db, { limit: 1_000_000 })).map((client) => client.clientCode)
  const found = await backupsIn(options)
  const result: ScheduledBackups = { created: [], skipped: [], failed: [], deleted: [], faulty: [] }
  options.begun?.(result, clientCodes.length)
  for (const clientCode of clientCodes) {
    try {
      await backUpInTime(db, clientCode, found, options, result)
    } catch (error) {
      if (codes?.length === 1 || !(error instanceof FlowsError)) throw error
      result.failed.push({ clientCode, code: error.code, message: error.message })
    }
  }
  if (codes === undefined && options.keep !== undefined) {
    const { keep } = options
    const { deleted, faulty } = await pruneErased(db, options, { found, present: clientCodes, keep })
    result.deleted.push(...deleted)
    result.faulty.push(...faulty)
  }
  return result
}

async function backUpInTime(
  db: Database,
  clientCode: string,
  found: readonly ListedBackup[],
  options: CreateBackupOptions & Timetable,
  result: ScheduledBackups,
): Promise<void> {
  const { olderThan, keep } = options
  const { id } = await clientByCode(db, clientCode)
  const backups = found.filter(
    (backup) =>
      backup.kind === 'backup' && backup.clientCode === clientCode && (backup.clientId ?? id) === id,
  )
  if (olderThan !== undefined) {
    const { newest, faulty } = await newestFresh(backups, olderThan, options)
    result.faulty.push(...faulty)
    if (newest !== undefined) result.skipped.push(clientCode)
  }
  if (!result.skipped.includes(clientCode)) {
    const created = await createBackup(db, clientCode, options)
    result.created.push(created)
    const { file, snapshotAt, bytes } = created
    backups.unshift({
      file,
      kind: 'backup',
      clientCode,
      clientId: id,
      snapshotAt,
      bytes,
      state: 'readable',
    })
  }
  if (keep === undefined) return
  const { deleted, faulty } = await pruneBackups(options, backups, keep)
  result.deleted.push(...deleted)
  result.faulty.push(...faulty.filter(({ file }) => !result.faulty.some((known) => known.file === file)))
}

/** In a bucket, where an upload appears whole or not at all, nothing is fetched to see that again every hour. */
async function newestFresh(
  backups: readonly ListedBackup[],
  olderThan: number,
  place: PrunedPlace,
): Promise<NewestWhole> {
  // One that says that it is of the future says nothing: a clock that is an hour ahead is let pass.
  const young = backups.filter((backup) => ageOf(backup) <= olderThan && ageOf(backup) > -3_600)
  if (!isBucketAddress(place.folder)) return newestWhole(young, place)
  return { newest: young.find(({ state }) => state !== 'unreadable'), faulty: [] }
}

async function backupsIn({ folder, storage }: PrunedPlace): Promise<ListedBackup[]> {
  try {
    return await listBackups(folder, { storage })
  } catch (error) {
    // The first backup makes the folder.
    if (error instanceof FlowsError && error.code === 'FILE_UNREADABLE') return []
    throw error
  }
}
