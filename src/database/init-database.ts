import { connect } from './connect.ts'
import { sayAddress } from './failures.ts'
import { type AppliedMigration, migrateUp } from './migrate/migrate-up.ts'
import { addressOf, type OpenOptions, openAsOwner, type Target } from './open.ts'
import { ensurePlatform } from './platform/bootstrap.ts'
import { detectPlatform, type Platform } from './platform/platform.ts'

/** What setting up a database did, or under dryRun would do. */
export type Initialized = {
  /** Host, port and name of the database. */
  address: string
  embedded: boolean
  /** What lies beneath our schema; `plain` only under dryRun, where the bootstrap is not tried. */
  platform: Platform
  applied: readonly AppliedMigration[]
  dryRun: boolean
}

/**
 * Brings a database from nothing to the state of this program: starts the embedded server or connects to the given
 * one, gives a plain Postgres the platform that Supabase has, and applies the migrations. Safe to repeat.
 */
export async function initDatabase(
  target: Target,
  { dryRun = false, progress }: OpenOptions & { dryRun?: boolean } = {},
): Promise<Initialized> {
  const url = await addressOf(target)
  const platform = await preparePlatform(url, dryRun)
  const about = { address: sayAddress(url), embedded: target.databaseUrl === undefined, platform, dryRun }
  // Migrations cannot be tried where the roles they grant to are missing.
  if (platform === 'plain') return { ...about, applied: [] }
  const owner = await openAsOwner({ ...target, databaseUrl: url })
  try {
    const { applied } = await migrateUp(owner, target.migrationsFolder, {
      dryRun,
      ...(progress === undefined ? {} : { progress }),
    })
    return { ...about, applied }
  } finally {
    await owner.close()
  }
}

async function preparePlatform(url: string, dryRun: boolean): Promise<Platform> {
  const connection = await connect(url)
  try {
    return dryRun ? await detectPlatform(connection) : (await ensurePlatform(connection)).platform
  } finally {
    await connection.close()
  }
}
