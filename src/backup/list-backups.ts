import { FlowsError } from '../base/errors.ts'
import type { StorageApi } from '../storage/storage-api.ts'
import { type BackupKind, type BackupName, parseBackupName } from './backup-name.ts'
import { type PlacedFile, placeOf } from './backup-place.ts'
import { backupSource } from './backup-source.ts'
import { readBackupHeader } from './read-backup.ts'

/** A backup as it lies in a folder or bucket; `sealed` and `unreadable` ones are dated by their file. */
export type ListedBackup = {
  file: string
  /** `before-restore` for what backup:restore --replace kept of a client; no timetable counts or deletes it. */
  kind: BackupKind
  clientCode: string
  /** Null where the header cannot be read without opening it, or not at all. */
  clientId: string | null
  snapshotAt: Date
  bytes: number
  state: 'readable' | 'sealed' | 'unreadable'
}

/**
 * The backups of a folder, or of `bucket:<bucket>/<folder>`, that backup:create or backup:restore named, newest first. Reads no more than
 * their headers: whether one is sound, verifyBackup says. Throws FILE_UNREADABLE, or what the Storage API is refused.
 */
export async function listBackups(
  folder: string,
  { storage }: { storage?: StorageApi | undefined } = {},
): Promise<ListedBackup[]> {
  const backups: ListedBackup[] = []
  for (const file of await placeOf(folder, storage).list()) {
    const known = parseBackupName(file.name)
    if (known !== undefined) backups.push(await describe(file, known, storage))
  }
  return backups.sort((a, b) => b.snapshotAt.getTime() - a.snapshotAt.getTime() || (a.file < b.file ? 1 : -1))
}

async function describe(
  { address: file, bytes, changedAt }: PlacedFile,
  { kind, clientCode, seal }: BackupName,
  storage: StorageApi | undefined,
): Promise<ListedBackup> {
  const closed = { file, kind, clientCode, clientId: null, snapshotAt: changedAt, bytes }
  if (seal !== 'none') return { ...closed, state: 'sealed' }
  try {
    const header = await readBackupHeader(backupSource(file, { storage }))
    const { clientCode, clientId, snapshotAt } = header
    return { file, kind, clientCode, clientId, snapshotAt: new Date(snapshotAt), bytes, state: 'readable' }
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    return { ...closed, state: 'unreadable' }
  }
}
