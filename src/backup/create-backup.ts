import { now } from '../base/clock.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { readLedger } from '../database/migrate/ledger.ts'
import { backupNames, compressionOfName } from './backup-name.ts'
import { backupText, type WrittenTable } from './backup-text.ts'
import { columnsOf, isLeftOut, readClientCatalog } from './client-tables.ts'
import { type Compression, compressed } from './compression.ts'
import { holdSnapshot, selectBucketId, settleText } from './copy.queries.ts'
import { checkPassphrase, sealed } from './encryption.ts'
import type { Manifest } from './format.ts'
import type { BackupHeader } from './header.ts'
import { writeWhole } from './write-file.ts'

/** Where a backup goes, what is in it and how it is packed. */
export type CreateBackupOptions = {
  /** The version of the program, for the header. */
  program: string
  /** A folder, in which the file is named after the client and the day; made if missing. */
  folder: string
  /** The file itself; its ending (.gz, .br) says how it is packed. */
  file?: string | undefined
  compression?: Compression | undefined
  /** Seals the file; at least 12 characters. */
  passphrase?: string | undefined
  /** With the client's wrapped keys and the salts of its invitations, which open personal data. */
  withKeys?: boolean
  progress?: (text: string) => void
}

/** A backup that was written; `digest` is the SHA-256 of its unpacked text up to the manifest. */
export type CreatedBackup = {
  file: string
  clientCode: string
  tables: number
  rows: number
  bytes: number
  digest: string
}

/**
 * Writes all that a client owns in the database into a file, as it was at one moment, while everybody goes on working;
 * memory does not grow with the data. `db` must be connected as the migrating role. Throws CLIENT_NOT_FOUND,
 * BACKUP_FILE_EXISTS, BACKUP_PASSPHRASE_WEAK or FILE_UNWRITABLE.
 */
export async function createBackup(
  db: Database,
  clientCode: string,
  options: CreateBackupOptions,
): Promise<CreatedBackup> {
  const { passphrase, withKeys = false, progress = () => undefined } = options
  if (passphrase !== undefined) checkPassphrase(passphrase)
  const compression =
    options.compression ?? (options.file === undefined ? 'none' : compressionOfName(options.file))
  return db.transaction(async (tx) => {
    const { header, written } = await plan(tx, clientCode, options.program, withKeys)
    let manifest: Manifest | undefined
    const text = async function* () {
      manifest = yield* backupText(tx, header, written, progress)
    }
    const packed = compressed(text(), compression)
    const name = {
      clientCode,
      date: now().toISOString().slice(0, 10),
      compression,
      encrypted: passphrase !== undefined,
    }
    const names = options.file === undefined ? backupNames(options.folder, name) : [options.file]
    const { path, bytes } = await writeWhole(
      names,
      passphrase === undefined ? packed : sealed(packed, passphrase),
    )
    if (manifest === undefined) throw new Error('A backup was written without its manifest')
    const { tables, digest } = manifest
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    return { file: path, clientCode, tables: tables.length, rows, bytes, digest }
  })
}

async function plan(
  tx: Database,
  clientCode: string,
  program: string,
  withKeys: boolean,
): Promise<{ header: BackupHeader; written: WrittenTable[] }> {
  const snapshotAt = await holdSnapshot(tx)
  await settleText(tx)
  const { id: clientId } = await clientByCode(tx, clientCode)
  const bucketId = await selectBucketId(tx, clientId)
  const { tables } = await readClientCatalog(tx)
  const own = tables
    .filter((table) => !isLeftOut(table, withKeys))
    .map((table) => {
      const { schema, table: name, primaryKey: orderedBy, textColumns } = table
      return {
        table: { schema, table: name, columns: columnsOf(table, withKeys), orderedBy: [...orderedBy] },
        textColumns,
      }
    })
  const written = bucketId === null ? own : [bucketTable, ...own]
  const { entries } = await readLedger(tx)
  const header = {
    program,
    snapshotAt: snapshotAt.toISOString(),
    clientId,
    clientCode,
    bucketId,
    withKeys,
    migrations: entries.map(({ version, sha256 }) => ({ version, sha256 })),
    tables: written.map(({ table }) => table),
  }
  return { header, written }
}

/** The bucket itself, without what lies in it. */
const bucketTable: WrittenTable = {
  table: { schema: 'storage', table: 'buckets', columns: ['id', 'name', 'public'], orderedBy: ['id'] },
  textColumns: ['id'],
}
