import { createWatch, type Watch } from '../alerts/figures/watch.ts'
import type { Database } from '../database/database.ts'
import type { Session } from './command.ts'
import { knownBackups } from './known-backups.ts'

/** A watch over the project's database, and over its backups as the trail tells of them or as they lie in BACKUP_DIR. */
export function alertWatch(session: Session, owner: Database): Watch {
  const { settings, warn } = session
  return createWatch({
    owner,
    migrationsFolder: settings.migrationsFolder,
    knownBackups: () => knownBackups(session, settings.backupFolder),
    failed: ({ message }) => warn(message),
  })
}
