import { createWatch, type Watch } from '../alerts/figures/watch.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import type { Session } from './command.ts'
import { knownBackups } from './known-backups.ts'

/** A watch over the project's database, and over its backups as the trail tells of them or as they lie in BACKUP_DIR. */
export function alertWatch(session: Session, owner: Database): Watch {
  const { settings, warn } = session
  let wasUnseen = false
  return createWatch({
    owner,
    migrationsFolder: settings.migrationsFolder,
    knownBackups: async () => {
      const known = await knownBackups(session, settings.backupFolder)
      const isUnseen = known instanceof FlowsError
      if (isUnseen && !wasUnseen) warn(`BACKUP_DIR: ${known.message}`)
      wasUnseen = isUnseen
      return isUnseen ? [] : known
    },
    failed: ({ message }) => warn(message),
  })
}
