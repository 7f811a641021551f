import type pg from 'pg'
import { ticks } from '../../base/clock.ts'
import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import { isConnectionLoss, serverError } from '../failures.ts'
import { identifier, sql } from '../sql.ts'
import { failedFile } from './failed-file.ts'
import { forgetChecksum, listBrokenIndexes, recordApplied, recordChecksum } from './ledger.ts'
import type { Migration } from './read-migrations.ts'
import { type Retrying, retrying } from './waiting.ts'

/** What applying a file needs to know beside the file. */
export type ApplyOptions = Retrying & {
  /** The folder it comes from, for messages. */
  folder: string
  /** The role that migrates, restored after each file. */
  owner: string
  /** Milliseconds for which one attempt may stand in a queue for a lock, and stall those behind it. */
  lockTimeout: number
}

const nothingKept = 'Nothing of this file was kept. Correct it, then run: migrate:up'

/**
 * Applies one file, whole or not at all, and gives the milliseconds it took, or undefined if somebody
 * else (the Supabase CLI takes no lock) applied it meanwhile. Throws MIGRATION_FAILED or MIGRATION_LOCKED.
 */
export async function applyMigration(
  session: Database,
  migration: Migration,
  options: ApplyOptions,
): Promise<number | undefined> {
  try {
    return await (migration.alone ? applyAlone : applyWhole)(session, migration, options)
  } catch (error) {
    if (isConnectionLoss(serverError(error) ?? error)) throw lostConnection(migration, error)
    if (await isApplied(session, migration.version)) return undefined
    throw error
  }
}

function applyWhole(session: Database, migration: Migration, options: ApplyOptions): Promise<number> {
  return retrying(session, migration.file, options, async (tx) => {
    const began = ticks()
    await runFile(tx, migration, options)
    const durationMs = Math.round(ticks() - began)
    await recordApplied(tx, migration, durationMs)
    return durationMs
  })
}

/** Runs a file in the given transaction, without the ledger, and leaves no setting or role behind. */
export async function runFile(tx: Database, migration: Migration, options: ApplyOptions): Promise<void> {
  await tx.script(limitLocks(options))
  await refusing(tx.script(migration.text), (refusal) =>
    failedFile(options.folder, migration, refusal, nothingKept),
  )
  const clean = sql`set constraints all immediate; reset all; set role ${identifier(options.owner)}`
  await refusing(
    tx.script(clean.text),
    (refusal) =>
      new FlowsError('MIGRATION_FAILED', `${migration.file} could not be committed: ${refusal.message}`, {
        hint: nothingKept,
        cause: refusal,
      }),
  )
}

async function refusing(work: Promise<void>, say: (refusal: pg.DatabaseError) => FlowsError): Promise<void> {
  try {
    await work
  } catch (error) {
    const refusal = serverError(error)
    throw refusal === undefined ? error : say(refusal)
  }
}

/** The statement that keeps attempts of this transaction short; zero would mean no limit. */
export function limitLocks({ lockTimeout }: Pick<ApplyOptions, 'lockTimeout'>): string {
  return `set local lock_timeout = ${Math.max(1, Math.round(lockTimeout))}`
}

async function applyAlone(
  session: Database,
  migration: Migration,
  { folder }: ApplyOptions,
): Promise<number> {
  const before = await listBrokenIndexes(session)
  await recordChecksum(session, migration, 'flows-db', null)
  const began = ticks()
  try {
    // A concurrent build waits for old transactions, and blocks nobody meanwhile: no limit.
    await session.script('reset all; set lock_timeout = 0')
    await session.script(migration.text)
  } catch (error) {
    const refusal = serverError(error)
    if (refusal === undefined) throw error
    const left = (await listBrokenIndexes(session)).filter((index) => !before.includes(index))
    if (left.length === 0) await forgetChecksum(session, migration.version)
    throw failedFile(folder, migration, refusal, left.length === 0 ? nothingKept : dropFirst(left))
  }
  const duration = Math.round(ticks() - began)
  await session.transaction(async (tx) => {
    await tx.script('reset all')
    await recordApplied(tx, migration, duration)
  })
  return duration
}

function dropFirst(indexes: readonly string[]): string {
  return `Run: ${indexes.map((index) => `drop index concurrently ${index};`).join(' ')} Then correct the file and run: migrate:up`
}

async function isApplied(session: Database, version: string): Promise<boolean> {
  const row = await session.maybe(sql`
    select from supabase_migrations.schema_migrations where version = ${version}`)
  return row !== undefined
}

function lostConnection({ file }: Migration, cause: unknown): FlowsError {
  return new FlowsError('DATABASE_UNREACHABLE', `The connection was lost while ${file} ran`, {
    hint: 'See what was applied with: migrate:status',
    cause,
  })
}
