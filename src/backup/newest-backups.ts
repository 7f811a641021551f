import { FlowsError } from '../base/errors.ts'
import type { StorageApi } from '../storage/storage-api.ts'
import { type ListedBackup, listBackups } from './list-backups.ts'

/** The newest readable backup of each client in a place, by its code; none where the folder is not there yet. */
export async function newestBackups(
  folder: string,
  options: { storage?: StorageApi | undefined } = {},
): Promise<ReadonlyMap<string, ListedBackup>> {
  const newest = new Map<string, ListedBackup>()
  // They come newest first.
  for (const backup of await backupsOf(folder, options)) {
    const { kind, state, clientCode } = backup
    if (kind === 'backup' && state !== 'unreadable' && !newest.has(clientCode)) newest.set(clientCode, backup)
  }
  return newest
}

async function backupsOf(
  folder: string,
  options: { storage?: StorageApi | undefined },
): Promise<ListedBackup[]> {
  try {
    return await listBackups(folder, options)
  } catch (error) {
    // The first backup makes the folder.
    if (error instanceof FlowsError && error.code === 'FILE_UNREADABLE') return []
    throw error
  }
}
