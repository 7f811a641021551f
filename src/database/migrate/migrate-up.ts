import { ticks } from '../../base/clock.ts'
import type { Database } from '../database.ts'
import { sql } from '../sql.ts'
import { type ApplyOptions, applyMigration, limitLocks, runFile } from './apply-migration.ts'
import { ledgerDdl, recordApplied, recordChecksum } from './ledger.ts'
import { withMigrationLock } from './migration-lock.ts'
import { type Plan, planMigrations, refuseFaults } from './plan-migrations.ts'
import type { Migration } from './read-migrations.ts'
import { retrying } from './waiting.ts'

/** How to migrate. */
export type MigrateOptions = {
  /** Really runs everything pending in one transaction, and takes it back. */
  dryRun?: boolean
  /** Milliseconds for which one attempt may stand in a queue for a lock, and stall those behind it; 50 if not given. */
  lockTimeout?: number
  /** Milliseconds to go on trying for a lock, or to wait for another run; two minutes if not given. */
  patience?: number
  /** Told what is going on. */
  progress?: (text: string) => void
}

/** A file that was applied, or would be. */
export type AppliedMigration = { version: string; name: string; durationMs: number }

/** What a run did. */
export type MigrateResult = {
  applied: AppliedMigration[]
  /** Under dryRun, those that cannot be tried because they run outside a transaction; else empty. */
  pending: { version: string; name: string }[]
  dryRun: boolean
}

/**
 * Brings a database to the state of a folder of migrations: one transaction a file, whole or not at all.
 * Faults (edited, missing, renamed, duplicate, out-of-order files) are refused before the first statement.
 * Of several runs at once one works, and the others wait and find nothing to do. `db` must be connected as
 * the migrating role, to the server itself or a session pooler.
 */
export async function migrateUp(
  db: Database,
  folder: string,
  { dryRun = false, lockTimeout = 50, patience = 120_000, progress = () => undefined }: MigrateOptions = {},
): Promise<MigrateResult> {
  const nothing = { applied: [], pending: [], dryRun }
  return db.session(async (session) => {
    if (isDone(await soundPlan(session, folder))) return nothing
    return withMigrationLock(session, patience, progress, async () => {
      const plan = await soundPlan(session, folder)
      if (isDone(plan)) return nothing
      const { owner } = await session.one<{ owner: string }>(sql`select current_user::text as owner`)
      const options = { folder, owner, lockTimeout, patience, progress }
      return dryRun ? tryPlan(session, plan, options) : runPlan(session, plan, options)
    })
  })
}

async function soundPlan(session: Database, folder: string): Promise<Plan> {
  const plan = await planMigrations(session, folder)
  refuseFaults(plan.faults)
  return plan
}

function isDone({ ledger, pending, adopted }: Plan): boolean {
  return ledger.exists && pending.length === 0 && adopted.length === 0
}

async function runPlan(session: Database, plan: Plan, options: ApplyOptions): Promise<MigrateResult> {
  await retrying(session, 'The ledger', options, async (tx) => {
    await tx.script(limitLocks(options))
    await prepareLedger(tx, plan)
  })
  const applied: AppliedMigration[] = []
  for (const migration of plan.pending) {
    options.progress(`Applying ${migration.file}`)
    const durationMs = await applyMigration(session, migration, options)
    if (durationMs !== undefined) applied.push(outcome(migration, durationMs))
  }
  return { applied, pending: [], dryRun: false }
}

async function prepareLedger(tx: Database, { ledger, adopted }: Plan): Promise<void> {
  if (!ledger.exists) await tx.script(ledgerDdl)
  for (const migration of adopted) await recordChecksum(tx, migration, 'supabase-cli', 0)
}

async function tryPlan(session: Database, plan: Plan, options: ApplyOptions): Promise<MigrateResult> {
  let applied: AppliedMigration[] = []
  const takenBack = new Error('A dry run takes everything back')
  const attempt = retrying(session, 'The dry run', options, async (tx) => {
    applied = []
    await tx.script(limitLocks(options))
    await prepareLedger(tx, plan)
    for (const migration of plan.pending.filter(({ alone }) => !alone)) {
      options.progress(`Trying ${migration.file}`)
      const began = ticks()
      await runFile(tx, migration, options)
      await recordApplied(tx, migration, 0)
      applied.push(outcome(migration, Math.round(ticks() - began)))
    }
    throw takenBack
  })
  await attempt.catch((error: unknown) => {
    if (error !== takenBack) throw error
  })
  const untried = plan.pending.filter(({ alone }) => alone)
  return { applied, pending: untried.map(({ version, name }) => ({ version, name })), dryRun: true }
}

function outcome({ version, name }: Migration, durationMs: number): AppliedMigration {
  return { version, name, durationMs }
}
