import { randomUUID } from 'node:crypto'
import { recordAct } from '../audit/record-act.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { inOneTransaction } from '../database/one-transaction.ts'
import { activeClientKey } from '../keys/active-client-key.ts'
import { rotateClientKey } from '../keys/rotate-client-key.ts'
import { reachStorage, type StorageApi } from '../storage/storage-api.ts'
import { advanceSequences } from './advance-sequences.ts'
import { letTriggersRest } from './at-rest.ts'
import { backupSource, type Opening } from './backup-source.ts'
import { checkConstraints } from './check-restored.ts'
import { carryErasures } from './clone.queries.ts'
import { cloneClient } from './clone-client.ts'
import { settleText } from './copy.queries.ts'
import { eraseEverybody } from './erased-client.queries.ts'
import { eraseReturned } from './erased-client.ts'
import type { BackupHeader } from './header.ts'
import { loadClient } from './load-client.ts'
import { type ReadBackup, readBackup } from './read-backup.ts'
import {
  eraseAgain,
  hasActiveKey,
  joinSetsOnly,
  lockClient,
  recountBucket,
  sharesBucket,
} from './restore.queries.ts'
import { restoreFiles, withoutFiles } from './restore-files.ts'
import { planRestore, type RestoreMode, type RestorePlan, type RestoreWish } from './restore-plan.ts'
import { type LostRows, rememberClient, whatIsLost } from './what-is-lost.ts'

/** What a restore is asked for and what it needs. */
export type RestoreOptions = RestoreWish &
  Opening & {
    /** Writes the files of the backup into the client's bucket, once the rows are there. */
    filesTo?: StorageApi | undefined
    /** Read only when a key or a bucket has to be made. */
    settings: Readonly<{ masterKey: Buffer; storageBucketPrefix: string }>
    /** Called when the backup is found sound and fit, before a client that is there is replaced. */
    beforeReplace?: (header: BackupHeader) => Promise<void>
    /** Do everything, then take it back. */
    dryRun?: boolean
    progress?: (text: string) => void
  }

/** What a restore did. */
export type RestoredBackup = {
  mode: RestoreMode
  clientId: string
  clientCode: string
  snapshotAt: Date
  tables: number
  rows: number
  /** Invitations that were erased since the backup, one by one or with their client, and are erased again. */
  erasedAgain: number
  /** Whether the client got a new key because the backup brought none: names and addresses of old tokens stay closed. */
  newKey: boolean
  digest: string
  /** What the client has now and would not have any more, in a dry run of replacing it. */
  lost?: readonly LostRows[]
  /** How many files were written into the bucket, if that was asked for. */
  files?: number
}

/**
 * Restores a backup, whole or not at all, while other clients go on working. The file is verified before anything is
 * changed; the rows are read back and compared before the transaction ends. `db` must be connected as the migrating
 * role. Throws what verifyBackup and planRestore do, BUCKET_TAKEN, BACKUP_UNFIT, BACKUP_ROLE_UNFIT or DATABASE_BUSY.
 */
export async function restoreBackup(
  db: Database,
  file: string,
  options: RestoreOptions,
): Promise<RestoredBackup> {
  const { beforeReplace, filesTo, dryRun = false, progress = () => undefined } = options
  progress('Verifying the backup')
  const verified = await readBackup(backupSource(file, options))
  const { header } = verified
  if (filesTo !== undefined) {
    if (!header.withFiles) throw withoutFiles()
    await reachStorage(filesTo)
  }
  const { mode } = await db.transaction((tx) => planRestore(tx, header, options))
  if (mode === 'replaced' && !dryRun) await beforeReplace?.(header)
  const restoring = {
    what: `Restoring ${options.as ?? header.clientCode}`,
    hint: 'Nothing was changed. Try again when less is written, or deactivate the client first.',
    dryRun,
    progress,
  }
  const result = await inOneTransaction(db, restoring, (tx) => restoreIn(tx, file, verified, options))
  if (filesTo === undefined || dryRun) return result
  return { ...result, files: await bringFiles(db, filesTo, file, result, options) }
}

async function bringFiles(
  db: Database,
  storage: StorageApi,
  file: string,
  { clientCode }: RestoredBackup,
  options: RestoreOptions,
): Promise<number> {
  try {
    options.progress?.('Writing files into the bucket')
    const { count } = await restoreFiles(db, storage, file, { ...options, clientCode })
    return count
  } catch (cause) {
    if (!(cause instanceof FlowsError)) throw cause
    throw new FlowsError(
      'BACKUP_FILES_INCOMPLETE',
      `The rows of client "${clientCode}" are there, but not all of its files: ${cause.message}`,
      { hint: `Write the files again: backup:restore <file> --only-files --as ${clientCode}`, cause },
    )
  }
}

async function restoreIn(
  tx: Database,
  file: string,
  verified: ReadBackup,
  options: RestoreOptions,
): Promise<RestoredBackup> {
  const { header } = verified
  await settleText(tx)
  if (options.as === undefined) await lockClient(tx, header.clientId)
  const plan = await planRestore(tx, header, options)
  await letTriggersRest(tx)
  const isTrial = options.dryRun === true && plan.mode === 'replaced'
  const former = isTrial ? await rememberClient(tx, plan.catalog, header.clientId) : undefined
  const result = await write(tx, file, verified, plan, options)
  options.progress?.('Checking what was written')
  await checkConstraints(tx, plan.catalog, result.clientId, { replaced: plan.mode === 'replaced' })
  await advanceSequences(tx, plan.catalog, result.clientId)
  const { mode, snapshotAt, tables, rows, erasedAgain, digest } = result
  await recordAct(tx, {
    clientId: result.clientId,
    table: 'clients',
    rowId: result.clientId,
    verb: 'restore',
    details: { mode, snapshotAt, tables, rows, erasedAgain, digest },
  })
  if (former === undefined) return result
  return { ...result, lost: await whatIsLost(tx, former, header.clientId) }
}

async function write(
  tx: Database,
  file: string,
  verified: ReadBackup,
  plan: RestorePlan,
  options: RestoreOptions,
): Promise<RestoredBackup> {
  const { header, manifest } = verified
  const { settings, as, domain, progress = () => undefined } = options
  const loading = { opening: options, progress }
  const about = { mode: plan.mode, snapshotAt: new Date(header.snapshotAt), tables: header.tables.length }
  if (plan.mode === 'cloned' && as !== undefined) {
    const clone = { clientCode: as, domain: domain ?? null, namespace: randomUUID(), settings }
    const { clientId, rows } = await cloneClient(tx, file, verified, plan.catalog, clone, loading)
    const { namespace } = clone
    await joinSetsOnly(tx, true)
    const carried = await carryErasures(tx, { from: header.clientId, to: clientId, namespace })
    const erasedAgain = carried + (plan.wasErased ? await eraseEverybody(tx, clientId) : 0)
    return { ...about, clientId, clientCode: as, rows, erasedAgain, newKey: true, digest: manifest.digest }
  }
  const { clientId, clientCode } = header
  await loadClient(tx, file, verified, plan, loading)
  if (await sharesBucket(tx, clientId)) throw bucketTaken(header)
  const returned = plan.wasErased ? await eraseReturned(tx, clientId) : 0
  const erasedAgain = returned + (await eraseAgain(tx, clientId))
  await recountBucket(tx, clientId)
  const newKey = !(await hasActiveKey(tx, clientId))
  if (newKey) await rotateClientKey(tx, { clientId, masterKey: settings.masterKey })
  else if (plan.mode === 'restored') await openKey(tx, clientId, settings.masterKey)
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  return { ...about, clientId, clientCode, rows, erasedAgain, newKey, digest: manifest.digest }
}

/** A key that came with the backup must open here, or nothing of the client ever would. */
async function openKey(tx: Database, clientId: string, masterKey: Buffer): Promise<void> {
  try {
    await activeClientKey(tx, { clientId, masterKey })
  } catch (cause) {
    if (!(cause instanceof FlowsError && cause.code === 'KEY_UNWRAP_FAILED')) throw cause
    throw new FlowsError(
      'KEY_UNWRAP_FAILED',
      'FLOWS_MASTER_KEY is not the one that wrapped the keys of this backup',
      {
        hint: 'Nothing was changed. Set the master key, or the JWT_SECRET it was derived from, of where it was made: it was in .env or .flows-db/secrets.json. Without it, take a backup that was made without --with-keys.',
        cause,
      },
    )
  }
}

function bucketTaken({ bucketId }: BackupHeader): FlowsError {
  return new FlowsError('BUCKET_TAKEN', `The storage bucket "${bucketId}" belongs to another client by now`, {
    hint: 'Nothing was changed. Make a client of its own of the backup with: --as <new code>',
  })
}
