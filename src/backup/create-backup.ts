import { basename, dirname } from 'node:path'
import { now } from '../base/clock.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { readLedger } from '../database/migrate/ledger.ts'
import type { StorageApi } from '../storage/storage-api.ts'
import {
  type BackupKind,
  type BackupName,
  backupNames,
  compressionOfName,
  isArchiveName,
} from './backup-name.ts'
import { placeOf } from './backup-place.ts'
import { backupText, type WrittenTable } from './backup-text.ts'
import { isLeftOut, readClientCatalog, tablePart } from './client-tables.ts'
import { type Compression, compressed } from './compression.ts'
import { holdSnapshot, selectBucketId, settleText } from './copy.queries.ts'
import type { Manifest } from './format.ts'
import type { BackupHeader } from './header.ts'
import { recordCreated, recordFailed } from './record-backup.ts'
import { checkSealing, closed, type Seal, type Sealing, sealOf } from './seal.ts'
import { refuseUnfitTables } from './unfit-tables.ts'

/** Where a backup goes, what is in it and how it is packed. */
export type CreateBackupOptions = Sealing & {
  /** The version of the program, for the header. */
  program: string
  /** A folder, made if missing, or `bucket:<bucket>/<folder>`: there the file is named after the client and the day. */
  folder: string
  /** What reaches a bucket, if that is where the file goes. */
  storage?: StorageApi | undefined
  /** What it is made for, which its name says; to be kept if not given. */
  kind?: BackupKind
  /** The file itself; its ending says whether it is an archive (.fdb) and how it is packed (.gz, .br). */
  file?: string | undefined
  /** With binary rows: smaller and faster, but nothing that psql could load. */
  archive?: boolean
  compression?: Compression | undefined
  /** With the client's wrapped keys and the salts of its invitations, which open personal data. */
  withKeys?: boolean
  /** With the files in the client's bucket, which are read here; each as it is when its turn comes. */
  filesFrom?: StorageApi | undefined
  /** Told once of each client, and of each hundred files. */
  progress?: (text: string) => void
}

/** A backup that was written; `digest` is the SHA-256 of its unpacked text up to the manifest; files if they were asked for. */
export type CreatedBackup = {
  file: string
  clientCode: string
  snapshotAt: Date
  /** Whether the client's wrapped keys are in it. */
  withKeys: boolean
  /** How it is encrypted, if it is. */
  seal: Seal
  tables: number
  rows: number
  bytes: number
  digest: string
  files?: number
}

/**
 * Writes all that a client owns in the database into a file, as it was at one moment, while everybody goes on working;
 * memory does not grow with the data. The client's trail gets an event, also of a failure. `db` must be connected as the
 * migrating role. Throws CLIENT_NOT_FOUND, BACKUP_TABLE_UNFIT, BACKUP_FILE_EXISTS, BACKUP_PASSPHRASE_WEAK, BACKUP_RECIPIENT_INVALID or
 * FILE_UNWRITABLE.
 */
export async function createBackup(
  db: Database,
  clientCode: string,
  options: CreateBackupOptions,
): Promise<CreatedBackup> {
  try {
    const created = await writeBackup(db, clientCode, options)
    await recordCreated(db, clientCode, created, options.kind)
    return created
  } catch (error) {
    await recordFailed(db, clientCode, error)
    throw error
  }
}

async function writeBackup(
  db: Database,
  clientCode: string,
  options: CreateBackupOptions,
): Promise<CreatedBackup> {
  const { file, progress = () => undefined, filesFrom } = options
  await checkSealing(options)
  progress(`Backing up ${clientCode}`)
  const name = nameOf(clientCode, options)
  const place = placeOf(file === undefined ? options.folder : dirname(file), options.storage)
  let manifest: Manifest | undefined
  // The snapshot is held no longer than rows are read: files may take hours.
  const { writing, header } = await db.transaction(async (tx) => {
    const { header, written } = await plan(tx, clientCode, { ...options, archive: name.archive })
    const rows = signal()
    const text = async function* () {
      const whole = { storage: filesFrom, progress, rowsWritten: rows.give }
      manifest = yield* backupText(tx, header, written, whole)
    }
    const packed = closed(compressed(text(), name.compression), options)
    const writing = place.write(file === undefined ? backupNames(name) : [basename(file)], packed)
    await Promise.race([rows.given, writing])
    return { writing, header }
  })
  const { path, bytes } = await writing
  if (manifest === undefined) throw new Error('A backup was written without its manifest')
  const { tables, digest, files } = manifest
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const counted = filesFrom === undefined ? {} : { files: files?.count ?? 0 }
  const { withKeys } = header
  const about = { file: path, clientCode, snapshotAt: new Date(header.snapshotAt), withKeys, seal: name.seal }
  return { ...about, tables: tables.length, rows, bytes, digest, ...counted }
}

function nameOf(clientCode: string, options: CreateBackupOptions): BackupName {
  const { file = '', kind = 'backup', archive, compression } = options
  return {
    kind,
    clientCode,
    date: now().toISOString().slice(0, 10),
    archive: archive ?? isArchiveName(file),
    compression: compression ?? compressionOfName(file),
    seal: sealOf(options),
  }
}

function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}

async function plan(
  tx: Database,
  clientCode: string,
  { program, withKeys = false, archive = false, filesFrom }: CreateBackupOptions,
): Promise<{ header: BackupHeader; written: WrittenTable[] }> {
  const snapshotAt = await holdSnapshot(tx)
  await settleText(tx)
  const { id: clientId } = await clientByCode(tx, clientCode)
  const bucketId = await selectBucketId(tx, clientId)
  const { tables } = await readClientCatalog(tx)
  refuseUnfitTables(tables)
  const own = tables
    .filter((table) => !isLeftOut(table, withKeys))
    .map((table) => ({ table: tablePart(table, { withKeys, archive }), textColumns: table.textColumns }))
  const written = bucketId === null ? own : [bucketTable, ...own]
  const { entries } = await readLedger(tx)
  const header: BackupHeader = {
    program,
    snapshotAt: snapshotAt.toISOString(),
    clientId,
    clientCode,
    bucketId,
    withKeys,
    ...(filesFrom === undefined || bucketId === null ? {} : { withFiles: true }),
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
