import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FlowsError } from '../base/errors.ts'
import { parseBackupName } from './backup-name.ts'
import { backupSource } from './backup-source.ts'
import { readBackupHeader } from './read-backup.ts'

/** A backup as it lies in a folder; `sealed` and `unreadable` ones are dated by their file. */
export type ListedBackup = {
  file: string
  clientCode: string
  snapshotAt: Date
  bytes: number
  state: 'readable' | 'sealed' | 'unreadable'
}

/**
 * The backups of a folder that backup:create named, newest first. Reads no more than their headers: whether one is
 * sound, verifyBackup says. Throws FILE_UNREADABLE.
 */
export async function listBackups(folder: string): Promise<ListedBackup[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new FlowsError('FILE_UNREADABLE', `The folder ${folder} cannot be read`, {
      hint: 'Name the folder that backup:create --to wrote to.',
      cause,
    })
  })
  const backups = await Promise.all(
    names.map(async (name) => {
      const known = parseBackupName(name)
      return known === undefined
        ? undefined
        : describe(join(folder, name), known.clientCode, known.seal !== 'none')
    }),
  )
  return backups
    .filter((backup) => backup !== undefined)
    .sort((a, b) => b.snapshotAt.getTime() - a.snapshotAt.getTime() || (a.file < b.file ? 1 : -1))
}

async function describe(file: string, clientCode: string, encrypted: boolean): Promise<ListedBackup> {
  const { mtime, size: bytes } = await stat(file)
  if (encrypted) return { file, clientCode, snapshotAt: mtime, bytes, state: 'sealed' }
  try {
    const header = await readBackupHeader(backupSource(file))
    const { clientCode, snapshotAt } = header
    return { file, clientCode, snapshotAt: new Date(snapshotAt), bytes, state: 'readable' }
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    return { file, clientCode, snapshotAt: mtime, bytes, state: 'unreadable' }
  }
}
