import { sweepRows } from '../backup/erase-rows.ts'
import { now } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { attempting } from '../database/migrate/waiting.ts'
import type { TokenAuthority } from '../invitations/token/authority.ts'
import { activeSigningKey } from '../keys/active-signing-key.ts'
import { removeBucketFiles } from '../storage/remove-bucket.ts'
import type { StorageApi } from '../storage/storage-api.ts'
import { type ErasureCertificate, sealCertificate } from './certificate.ts'
import {
  type ClientErasure,
  completeClientErasure,
  holdErasure,
  isPast,
  selectHorizon,
} from './client-erasures.queries.ts'

/** With what an erasure is finished. */
export type CompleteOptions = {
  authority: TokenAuthority
  storage?: StorageApi | undefined
  /** Names of the tables that stay. */
  kept: readonly string[]
  /** How long to wait for transactions that are older than the erasure, in milliseconds; 10,000 if not given. */
  patience?: number
}

/**
 * Deletes what may be left after the transaction of an erasure: rows that older transactions wrote meanwhile, and files
 * behind the Storage API. Gives the certificate, sealed anew if anything changed; it says null for `completedAt` while
 * an older transaction is still open. A client that somebody has brought back is left alone. Safe to run again.
 */
export async function completeErasure(
  db: Database,
  erasure: ClientErasure,
  { authority, storage, kept, patience = 10_000 }: CompleteOptions,
): Promise<ErasureCertificate> {
  const { clientId, bucketId, completedAt, certificate } = erasure
  const horizon = await selectHorizon(db)
  const past = await attempting({ patience, longest: 250 }, async () =>
    (await isPast(db, horizon)) ? true : undefined,
  )
  const swept = await db.transaction(async (tx) =>
    (await holdErasure(tx, erasure)) ? sweepRows(tx, clientId, { kept }) : undefined,
  )
  if (swept === undefined) return certificate
  if (bucketId !== null && storage !== undefined) {
    if (!(await db.transaction((tx) => holdErasure(tx, erasure)))) return certificate
    await removeFiles(db, storage, bucketId, certificate)
  }
  const isDone = past === true && (bucketId === null || storage !== undefined)
  if (swept === 0 && (completedAt !== null || !isDone)) return certificate
  const { seal: _, lateRows, ...facts } = certificate
  const key = await activeSigningKey(db, authority.keys.values())
  const completed = sealCertificate(
    { ...facts, lateRows: lateRows + swept, completedAt: isDone ? now().toISOString() : null },
    key,
  )
  return (await completeClientErasure(db, completed, isDone ? null : bucketId)) ? completed : certificate
}

async function removeFiles(
  db: Database,
  storage: StorageApi,
  bucketId: string,
  { clientCode }: ErasureCertificate,
): Promise<void> {
  try {
    await removeBucketFiles(db, storage, bucketId)
  } catch (cause) {
    if (!(cause instanceof FlowsError)) throw cause
    throw new FlowsError(
      cause.code,
      `The rows of the client are erased, its files are not: ${cause.message}`,
      {
        hint: `Then finish it with: privacy:erase --client ${clientCode}. ${cause.hint ?? ''}`.trim(),
        cause,
      },
    )
  }
}
