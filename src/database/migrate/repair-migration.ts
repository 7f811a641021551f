import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import {
  amendApplied,
  forgetApplied,
  type Ledger,
  ledgerDdl,
  readLedger,
  recordApplied,
  recordChecksum,
} from './ledger.ts'
import { withMigrationLock } from './migration-lock.ts'
import { type Migration, readMigrations } from './read-migrations.ts'

/** What a repair left in the ledger: the checksum, or null for a version that was taken out. */
export type Repaired = { version: string; sha256: string | null }

/** How long to wait for a running migration, in milliseconds, before MIGRATION_LOCKED. */
const patience = 10_000

/**
 * Accepts a file as it is now as the one that was applied: for a file edited on purpose, and for one that
 * was cut off outside a transaction and has in truth done its work. Runs nothing of the file.
 * Throws MIGRATION_NOT_FOUND if there is no such file or it was never applied.
 */
export async function repairMigration(db: Database, folder: string, version: string): Promise<Repaired> {
  const migration = (await readMigrations(folder)).find((each) => isSame(each.version, version))
  if (migration === undefined) {
    throw new FlowsError('MIGRATION_NOT_FOUND', `No file of the folder has the version ${version}`, {
      hint: 'See all versions with: migrate:status',
    })
  }
  return change(db, async (tx, ledger) => {
    await accept(tx, ledger, migration)
    return { version: migration.version, sha256: migration.sha256 }
  })
}

/**
 * Takes a version whose file is gone for good out of the ledger. Undoes nothing of what the file did.
 * Throws MIGRATION_NOT_FOUND if the database has no such version.
 */
export async function forgetMigration(db: Database, version: string): Promise<Repaired> {
  return change(db, async (tx, ledger) => {
    const entry = ledger.entries.find((each) => isSame(each.version, version))
    if (entry === undefined) throw neverApplied(version)
    await forgetApplied(tx, entry.version)
    return { version: entry.version, sha256: null }
  })
}

function change(db: Database, work: (tx: Database, ledger: Ledger) => Promise<Repaired>): Promise<Repaired> {
  return db.session((session) =>
    withMigrationLock(
      session,
      patience,
      () => undefined,
      () =>
        session.transaction(async (tx) => {
          const ledger = await readLedger(tx)
          if (!ledger.exists) await tx.script(ledgerDdl)
          return work(tx, ledger)
        }),
    ),
  )
}

async function accept(tx: Database, ledger: Ledger, migration: Migration): Promise<void> {
  if (ledger.unfinished.includes(migration.version)) {
    await recordApplied(tx, migration, 0)
  } else if (ledger.entries.some(({ version }) => version === migration.version)) {
    await amendApplied(tx, migration)
  } else {
    throw neverApplied(migration.version)
  }
  await recordChecksum(tx, migration, 'repair', 0)
}

/** "3" means "003" to a person. */
function isSame(version: string, asked: string): boolean {
  return version === asked || (/^[0-9]+$/.test(asked) && BigInt(version) === BigInt(asked))
}

function neverApplied(version: string): FlowsError {
  return new FlowsError('MIGRATION_NOT_FOUND', `Migration ${version} was never applied to this database`, {
    hint: 'See all versions with: migrate:status',
  })
}
