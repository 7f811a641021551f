import { createWatch, type Watch } from '../alerts/figures/watch.ts'
import type { BackupFigure } from '../alerts/metrics/read-figures.ts'
import { listBackups } from '../backup/list-backups.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import type { Session } from './command.ts'

/** A watch over the project's database, and over its backups where BACKUP_DIR says where they are. */
export function alertWatch({ settings, warn }: Session, owner: Database): Watch {
  const { migrationsFolder, backupFolder } = settings
  return createWatch({
    owner,
    migrationsFolder,
    newestBackups:
      backupFolder === undefined
        ? undefined
        : async () => {
            const newest = await newestBackups(backupFolder)
            return new Map([...newest].map(([clientCode, { takenAt }]) => [clientCode, takenAt]))
          },
    failed: ({ message }) => warn(message),
  })
}

/** The newest readable backup of each client in a folder; none where the folder is not there yet. */
export async function newestBackups(folder: string): Promise<ReadonlyMap<string, BackupFigure>> {
  const newest = new Map<string, BackupFigure>()
  for (const { clientCode, snapshotAt, bytes, state } of await backupsOf(folder)) {
    const known = newest.get(clientCode)
    if (state === 'unreadable' || (known !== undefined && known.takenAt >= snapshotAt)) continue
    newest.set(clientCode, { takenAt: snapshotAt, bytes })
  }
  return newest
}

async function backupsOf(folder: string) {
  try {
    return await listBackups(folder)
  } catch (error) {
    // The first backup makes the folder.
    if (error instanceof FlowsError && error.code === 'FILE_UNREADABLE') return []
    throw error
  }
}
