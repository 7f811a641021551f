import { FlowsError } from '../base/errors.ts'
import { backupSource, type Opening } from './backup-source.ts'
import type { ListedBackup } from './list-backups.ts'
import { readBackup } from './read-backup.ts'

/** A file that is not what its name says, and why. */
export type FaultyBackup = { file: string; message: string }

/** The newest backup that can be relied on, if there is one, and the newer ones that cannot. */
export type NewestWhole = { newest: ListedBackup | undefined; faulty: FaultyBackup[] }

const sealed: readonly string[] = ['BACKUP_PASSPHRASE_MISSING', 'BACKUP_IDENTITY_MISSING']

/**
 * Reads the backups of a client, newest first, until one is whole, each from its first byte to its digests in constant
 * memory. One that is sealed and cannot be opened with what is given is taken on trust.
 */
export async function newestWhole(
  backups: readonly ListedBackup[],
  opening: Opening = {},
): Promise<NewestWhole> {
  const faulty: FaultyBackup[] = []
  for (const backup of backups) {
    const fault = await faultOf(backup, opening)
    if (fault === undefined) return { newest: backup, faulty }
    faulty.push({ file: backup.file, message: fault.message })
  }
  return { newest: undefined, faulty }
}

async function faultOf({ file }: ListedBackup, opening: Opening): Promise<FlowsError | undefined> {
  try {
    await readBackup(backupSource(file, opening))
    return undefined
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    if (sealed.includes(error.code)) return undefined
    if (error.code.startsWith('BACKUP_') || error.code === 'FILE_UNREADABLE') return error
    throw error
  }
}
