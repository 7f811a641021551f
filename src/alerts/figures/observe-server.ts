import type { Database } from '../../database/database.ts'
import { migrateStatus } from '../../database/migrate/migrate-status.ts'
import { type DatabaseFigures, readDatabaseFigures } from '../../health/database-figures.ts'
import { silentTables } from '../../health/silent-tables.ts'
import { unguardedTables } from '../../health/unguarded-tables.ts'
import type { FigureName } from '../figure.ts'
import type { Observed } from '../observation.ts'

/** What is known of the server and of how the schema is held; null is what this role may not see. */
export type ServerFigures = Readonly<{
  database: DatabaseFigures
  /** Tables of clients that row-level security or the tenant floor does not hold. */
  unprotectedTables: number
  /** Tables whose changes leave no trace in the audit trail. */
  unauditedTables: number
  migrationsPending: number
}>

const leastBlocks = 1_000_000

/** Measures the server, the schema and the migrations; `owner` is connected as the migrating role. */
export async function readServerFigures(owner: Database, migrationsFolder: string): Promise<ServerFigures> {
  const database = await readDatabaseFigures(owner)
  const unguarded = new Set((await unguardedTables(owner)).map(({ table }) => table))
  const silent = new Set((await silentTables(owner)).map(({ table }) => table))
  const { pending } = await migrateStatus(owner, migrationsFolder)
  return {
    database,
    unprotectedTables: unguarded.size,
    unauditedTables: silent.size,
    migrationsPending: pending.length,
  }
}

/** The figures of the server that rules watch. */
export function observeServer({ database, ...counts }: ServerFigures): Observed {
  const { connections, maxConnections, idleInTransactionSeconds, cacheHitRatio, blocksAsked } = database
  const values: Partial<Record<FigureName, number | null>> = {
    connectionsUsed: connections / maxConnections,
    idleInTransaction: idleInTransactionSeconds,
    cacheHit: blocksAsked < leastBlocks ? 1 : cacheHitRatio,
    ...counts,
  }
  const known = Object.entries(values).flatMap(([figure, value]) =>
    value === null || value === undefined ? [] : [[figure as FigureName, value] as const],
  )
  return {
    measured: new Set(known.map(([figure]) => figure)),
    observations: known.map(([figure, value]) => ({ figure, clientCode: null, tier: null, value })),
  }
}
