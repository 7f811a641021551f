import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { backupSource, type Opening } from './backup-source.ts'
import { selectErasedClients } from './erased-backups.queries.ts'
import type { ListedBackup } from './list-backups.ts'
import { ageOf, deleteFiles, type Pruned, type PrunedPlace } from './prune-backups.ts'
import { readBackupHeader } from './read-backup.ts'

/**
 * Deletes the backups of clients that were erased from this database, the newest of them, too, once they are older than
 * `keep` seconds. The header of a file must have the id of such a client, since databases may share a folder; one whose
 * header cannot be read here stays and is named, unless a client of its code is there.
 */
export async function pruneErased(
  db: Database,
  place: PrunedPlace,
  { found, present, keep }: { found: readonly ListedBackup[]; present: readonly string[]; keep: number },
): Promise<Pruned> {
  const erased = await selectErasedClients(db)
  const old: ListedBackup[] = []
  const pruned: Pruned = { deleted: [], faulty: [] }
  for (const backup of found.filter((backup) => ageOf(backup) > keep)) {
    const { file, clientCode } = backup
    const ids = erased.filter((client) => client.clientCode === clientCode).map(({ clientId }) => clientId)
    if (ids.length === 0) continue
    const clientId = backup.clientId ?? (await idIn(file, place))
    if (clientId !== undefined && ids.includes(clientId)) old.push(backup)
    else if (clientId === undefined && !present.includes(clientCode)) {
      const message = `Client "${clientCode}" was erased; whether this backup is of that client cannot be read here: delete it yourself`
      pruned.faulty.push({ file, message })
    }
  }
  pruned.deleted.push(...(await deleteFiles(place, old)))
  return pruned
}

async function idIn(file: string, opening: Opening): Promise<string | undefined> {
  try {
    return (await readBackupHeader(backupSource(file, opening))).clientId
  } catch (error) {
    if (error instanceof FlowsError && /^(BACKUP_|FILE_UNREADABLE)/.test(error.code)) return undefined
    throw error
  }
}
