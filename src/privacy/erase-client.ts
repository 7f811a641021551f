import { createHash } from 'node:crypto'
import { recordAct } from '../audit/record-act.ts'
import { eraseRows } from '../backup/erase-rows.ts'
import { FlowsError } from '../base/errors.ts'
import { clientByCode, findClient } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { inOneTransaction } from '../database/one-transaction.ts'
import type { TokenAuthority } from '../invitations/token/authority.ts'
import { activeSigningKey } from '../keys/active-signing-key.ts'
import { bucketUsage } from '../storage/bucket-usage.ts'
import { bucketContents, removeBucketRows } from '../storage/remove-bucket.ts'
import { reachStorage, type StorageApi } from '../storage/storage-api.ts'
import { type ErasureCertificate, type ErasureFacts, sealCertificate } from './certificate.ts'
import {
  type ErasableClient,
  holdClient,
  insertClientErasure,
  selectClientErasure,
  selectErasable,
} from './client-erasures.queries.ts'
import { completeErasure } from './complete-erasure.ts'
import type { ErasureReason } from './erasure-reason.ts'

/** The trail tells of ids and verbs only, and ends by retention: see decision 0008. */
const kept = ['flows.audit_events']

/** Why, and with what. */
export type EraseClientOptions = {
  reason?: ErasureReason
  /** The keys of the settings: the active one seals the certificate. */
  authority: TokenAuthority
  /** Deletes the files of the client's bucket; needed where a storage service keeps them. */
  storage?: StorageApi | undefined
  /** Do everything in the database, then take it back. */
  dryRun?: boolean
  progress?: (text: string) => void
  /** Called as soon as the rows are gone for ever, while what may be left is still looked for. */
  onErased?: () => void
}

/** What became of a client. */
export type ClientErasure = {
  /** Without a seal after a dry run of an erasure, which nothing may take for one that happened. */
  certificate: ErasureFacts & Readonly<{ seal: string | null }>
  /** Accounts of people that belong to no other client; who keeps them is not flows-db. Null for an erasure of before. */
  accounts: number | null
  /** Whether the client was erased before, and this run only finished what was left. */
  wasErased: boolean
}

/**
 * Erases a client for ever: every row that carries its id, its keys, its bucket and the files in it. One transaction
 * decides: the rows are all there or all gone. What transactions of that moment still write, and files behind the
 * Storage API, are deleted right after it; a run that was cut off is finished by the next one. `db` connects as the
 * migrating role. Throws CLIENT_NOT_FOUND, CLIENT_REFERRED_TO, BACKUP_ROLE_UNFIT, KEY_INACTIVE, SETTING_MISSING,
 * DATABASE_BUSY, or what the Storage API does.
 */
export async function eraseClient(
  db: Database,
  clientCode: string,
  options: EraseClientOptions,
): Promise<ClientErasure> {
  const { dryRun = false, storage, progress = () => undefined, onErased = () => undefined } = options
  if (storage !== undefined) await reachStorage(storage)
  const present = await findClient(db, clientCode)
  const before = present === undefined ? await selectClientErasure(db, clientCode) : undefined
  if (before !== undefined) {
    const certificate = dryRun ? before.certificate : await completeErasure(db, before, { ...options, kept })
    return { certificate, accounts: null, wasErased: true }
  }
  const { id } = present ?? (await clientByCode(db, clientCode))
  const erasing = {
    what: `Erasing ${clientCode}`,
    hint: 'Nothing was changed. Try again when less is written, or deactivate the client first.',
    dryRun,
    progress,
  }
  const erased = await inOneTransaction(db, erasing, (tx) => eraseIn(tx, id, options))
  if (dryRun) return { ...erased, certificate: { ...erased.certificate, seal: null }, wasErased: false }
  onErased()
  const entry = await selectClientErasure(db, clientCode)
  if (entry === undefined) return { ...erased, wasErased: false }
  const certificate = await completeErasure(db, entry, { ...options, kept })
  return { ...erased, certificate, wasErased: false }
}

async function eraseIn(
  tx: Database,
  clientId: string,
  { reason = 'request', authority, storage, progress = () => undefined }: EraseClientOptions,
): Promise<{ certificate: ErasureCertificate; accounts: number }> {
  const key = await activeSigningKey(tx, authority.keys.values())
  await holdClient(tx, clientId)
  const client = await selectErasable(tx, clientId)
  if (client === undefined) {
    throw new FlowsError('CLIENT_NOT_FOUND', 'Somebody else has just erased the client', {
      hint: 'Run the command again: it finishes what is left and gives the certificate.',
    })
  }
  const bucket = await bucketUsage(tx, clientId)
  const contents = bucket === undefined ? undefined : await bucketContents(tx, bucket.bucketId)
  const tables = await eraseRows(tx, clientId, { kept, progress })
  if (bucket !== undefined && storage === undefined) await removeBucketRows(tx, bucket.bucketId)
  const files =
    bucket === undefined || contents === undefined ? null : { bucketId: bucket.bucketId, ...contents }
  const certificate = sealCertificate(factsOf(client, reason, tables, files), key)
  await insertClientErasure(tx, certificate, storage === undefined ? null : (bucket?.bucketId ?? null))
  const { rows, digest, keysDestroyed } = certificate
  await recordAct(tx, {
    clientId,
    table: 'clients',
    rowId: clientId,
    verb: 'erase',
    details: {
      reason,
      tables: tables.length,
      rows,
      keysDestroyed,
      objects: files?.objects ?? 0,
      digest,
      certificate: certificate.id,
    },
  })
  return { certificate, accounts: client.accounts }
}

function factsOf(
  client: ErasableClient,
  reason: ErasureReason,
  tables: ErasureFacts['tables'],
  files: ErasureFacts['files'],
): ErasureFacts {
  return {
    format: 'flows-db erasure certificate, format 1',
    id: client.erasureId,
    clientCode: client.clientCode,
    clientId: client.id,
    reason,
    erasedBy: client.erasedBy,
    erasedAt: client.erasedAt.toISOString(),
    completedAt: null,
    tables,
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    lateRows: 0,
    keysDestroyed: client.keys,
    files,
    trail: { events: client.events, days: client.auditDays },
    digest: createHash('sha256').update(JSON.stringify(tables)).digest('hex'),
  }
}
