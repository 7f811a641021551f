import { createWatch, type Watch } from '../alerts/figures/watch.ts'
import { newestBackups } from '../backup/newest-backups.ts'
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
            return new Map([...newest].map(([clientCode, { snapshotAt }]) => [clientCode, snapshotAt]))
          },
    failed: ({ message }) => warn(message),
  })
}
