import { basename, dirname } from 'node:path'
import { placeOf } from './backup-place.ts'
import { backupSource, type Opening } from './backup-source.ts'
import type { FileCount, TableDigest } from './format.ts'
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
  /** Of the bucket; absent where they were not asked for. */
  files?: FileCount
  bytes: number
  digest: string
}

/**
 * Reads a whole backup and checks its structure, that each row is the client's, and every digest; runs nothing of it.
 * Throws FILE_UNREADABLE, BACKUP_FOREIGN, BACKUP_DAMAGED, BACKUP_PASSPHRASE_MISSING or BACKUP_PASSPHRASE_WRONG.
 */
export async function verifyBackup(file: string, opening: Opening = {}): Promise<VerifiedBackup> {
  const { header, manifest } = await readBackup(backupSource(file, opening))
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
    ...(manifest.files === undefined ? {} : { files: manifest.files }),
    bytes: await sizeOf(file, opening),
    digest: manifest.digest,
  }
}

async function sizeOf(file: string, { storage }: Opening): Promise<number> {
  const files = await placeOf(dirname(file), storage).list()
  return files.find(({ name }) => name === basename(file))?.bytes ?? 0
}
