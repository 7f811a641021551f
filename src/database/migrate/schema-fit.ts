import type { Database } from '../database.ts'
import { serverError } from '../failures.ts'
import { sql } from '../sql.ts'
import { listMigrationNames } from './read-migrations.ts'

/** How a database stands to a folder: `empty` has no migration at all, `newer` has one above all that the folder knows. */
export type SchemaFit = 'current' | 'pending' | 'newer' | 'empty'

/**
 * Compares versions with file names only, in one round trip, for the start of a command. The role needs
 * usage on schema supabase_migrations and select on schema_migrations (version).
 */
export async function schemaFit(db: Database, folder: string): Promise<SchemaFit> {
  const [names, versions] = await Promise.all([listMigrationNames(folder), appliedVersions(db)])
  if (versions.size === 0) return 'empty'
  const last = names.at(-1)?.version ?? ''
  if ([...versions].some((version) => version > last)) return 'newer'
  return names.every(({ version }) => versions.has(version)) ? 'current' : 'pending'
}

async function appliedVersions(db: Database): Promise<Set<string>> {
  try {
    const rows = await db.many<{ version: string }>(sql`
      select version from supabase_migrations.schema_migrations`)
    return new Set(rows.map(({ version }) => version))
  } catch (error) {
    const code = serverError(error)?.code
    if (code === '42P01' || code === '3F000') return new Set()
    throw error
  }
}
