import type { Database } from '../database.ts'
import { type Fault, planMigrations } from './plan-migrations.ts'
import { byText, listMigrationNames } from './read-migrations.ts'

/** Where one migration stands; a fault's kind if it has one. */
export type MigrationState = {
  version: string
  name: string | null
  state: 'applied' | 'pending' | Fault['kind']
  /** Null if it is pending, or if the Supabase CLI applied it and migrate:up has not run since. */
  appliedAt: Date | null
  /** Hex SHA-256 of the file that was applied, or that is pending. */
  sha256: string | null
}

/** All migrations of folder and database, and what stands in the way of migrate:up. */
export type MigrateStatus = {
  migrations: MigrationState[]
  pending: { version: string; name: string }[]
  faults: Fault[]
}

/** Says of each migration in the folder or in the database where it stands; changes nothing. */
export async function migrateStatus(db: Database, folder: string): Promise<MigrateStatus> {
  const names = await listMigrationNames(folder)
  const { ledger, pending, faults } = await planMigrations(db, folder)
  const known = new Set(names.map(({ version }) => version))
  const gone = ledger.entries.filter(({ version }) => !known.has(version))
  const migrations = [...names, ...gone]
    .sort((a, b) => byText(a.version, b.version))
    .map(({ version, name }): MigrationState => {
      const entry = ledger.entries.find((each) => each.version === version)
      const file = pending.find((each) => each.version === version)
      const fault = faults.find((each) => each.version === version)
      return {
        version,
        name,
        state: fault?.kind ?? (entry === undefined ? 'pending' : 'applied'),
        appliedAt: entry?.appliedAt ?? null,
        sha256: entry?.sha256 ?? file?.sha256 ?? null,
      }
    })
  return { migrations, pending: pending.map(({ version, name }) => ({ version, name })), faults }
}
