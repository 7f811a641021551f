import { recordRefusal } from '../audit/record-refusal.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { sqlState } from '../database/failures.ts'
import type { BackupKind } from './backup-name.ts'
import { insertBackupEvent } from './record-backup.queries.ts'

/** What the trail says of a backup. */
export type BackupCounts = { digest: string; tables: number; rows: number; bytes: number; files?: number }

/** Tells the client's trail of a backup: how much it holds, and not where it lies. */
export async function recordCreated(
  db: Database,
  clientCode: string,
  { digest, tables, rows, bytes, files }: BackupCounts,
  kind: BackupKind = 'backup',
): Promise<void> {
  const counted = files === undefined ? {} : { files }
  const special = kind === 'backup' ? {} : { kind }
  await insertBackupEvent(db, clientCode, digest, { tables, rows, bytes, ...counted, ...special })
}

/**
 * Tells the client's trail that no backup could be made, and the code of the reason. Where the database is what failed,
 * the trail is out of reach, too, and the caller tells of the failure itself.
 */
export async function recordFailed(db: Database, clientCode: string, error: unknown): Promise<void> {
  const reason = error instanceof FlowsError ? error.code : 'UNKNOWN'
  if (reason.startsWith('CLIENT_')) return
  const refusal = { clientCode, table: 'backups', rowId: clientCode, attempt: 'backup:create', reason }
  try {
    await recordRefusal(db, refusal)
  } catch (failure) {
    if (!isOfDatabase(failure)) throw failure
  }
}

/** Whether a database that is gone, starting, full, busy or read-only said it; anything else is a fault of this program. */
function isOfDatabase(failure: unknown): boolean {
  return failure instanceof FlowsError || /^(25|53|55|57)/.test(sqlState(failure) ?? '')
}
