import type { Database } from '../../database/database.ts'
import { migrateStatus } from '../../database/migrate/migrate-status.ts'
import { type DatabaseFigures, readDatabaseFigures } from '../../health/database-figures.ts'
import type { FigureName } from '../figure.ts'
import type { Observed } from '../observation.ts'
import { type SchemaFigures, selectSchemaFigures } from './schema-figures.queries.ts'

/** What is known of the server and of how the schema is held; null is what this role may not see. */
export type ServerFigures = Readonly<{
  database: DatabaseFigures
  schema: SchemaFigures
  migrationsPending: number
}>

const leastBlocks = 1_000_000

/** Measures the server, the schema and the migrations; `owner` is connected as the migrating role. */
export async function readServerFigures(owner: Database, migrationsFolder: string): Promise<ServerFigures> {
  const database = await readDatabaseFigures(owner)
  const schema = await selectSchemaFigures(owner)
  const { pending } = await migrateStatus(owner, migrationsFolder)
  return { database, schema, migrationsPending: pending.length }
}

/** The figures of the server that rules watch. */
export function observeServer({ database, schema, migrationsPending }: ServerFigures): Observed {
  const { connections, maxConnections, idleInTransactionSeconds, cacheHitRatio, blocksAsked } = database
  const values: Partial<Record<FigureName, number | null>> = {
    connectionsUsed: connections / maxConnections,
    idleInTransaction: idleInTransactionSeconds,
    cacheHit: blocksAsked < leastBlocks ? 1 : cacheHitRatio,
    unprotectedTables: schema.unprotectedTables,
    unauditedTables: schema.unauditedTables,
    migrationsPending,
  }
  const known = Object.entries(values).flatMap(([figure, value]) =>
    value === null || value === undefined ? [] : [[figure as FigureName, value] as const],
  )
  return {
    measured: new Set(known.map(([figure]) => figure)),
    observations: known.map(([figure, value]) => ({ figure, clientCode: null, tier: null, value })),
  }
}
