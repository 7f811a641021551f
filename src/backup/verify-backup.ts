import { stat } from 'node:fs/promises'
import { backupSource } from './backup-source.ts'
import type { TableDigest } from './format.ts'
import { readBackup } from './read-backup.ts'

/** What a sound backup holds. */
export type VerifiedBackup = {
  file: string
  clientCode: string
  clientId: string
  snapshotAt: Date
  /** The version of the program that wrote it. */
  program: string
  withKeys: boolean
  /** The last migration of the database that it was taken from. */
  schemaVersion: string
  tables: readonly TableDigest[]
  rows: number
  bytes: number
  digest: string
}

/**
 * Reads a whole backup and checks its structure, that each row is the client's, and every digest; runs nothing of it.
 * Throws FILE_UNREADABLE, BACKUP_FOREIGN, BACKUP_DAMAGED, BACKUP_PASSPHRASE_MISSING or BACKUP_PASSPHRASE_WRONG.
 */
export async function verifyBackup(
  file: string,
  { passphrase }: { passphrase?: string | undefined } = {},
): Promise<VerifiedBackup> {
  const { header, manifest } = await readBackup(backupSource(file, passphrase))
  const { clientCode, clientId, snapshotAt, program, withKeys, migrations } = header
  return {
    file,
    clientCode,
    clientId,
    snapshotAt: new Date(snapshotAt),
    program,
    withKeys,
    schemaVersion: migrations.at(-1)?.version ?? '',
    tables: manifest.tables,
    rows: manifest.tables.reduce((sum, table) => sum + table.rows, 0),
    bytes: (await stat(file)).size,
    digest: manifest.digest,
  }
}
