import type { Database } from '../database/database.ts'
import { selectFigures } from './database-figures.queries.ts'

/** How a database does, in numbers that the server keeps; null is what this role may not see, or nothing was counted of. */
export type DatabaseFigures = {
  /** By the server's clock. */
  measuredAt: Date
  /** As PostgreSQL numbers it: 170010 is 17.10. */
  versionNumber: number
  serverVersion: string
  isStandby: boolean
  /** The part of the blocks asked for that memory had, from 0 to 1, since the statistics were last reset. */
  cacheHitRatio: number | null
  /** How many blocks that part is of. */
  blocksAsked: number
  databaseBytes: number
  /** Of the whole server, this connection among them. */
  connections: number
  /** How many connections there can be, without those kept for superusers. */
  maxConnections: number
  /** Sessions of this database that hold a transaction open and do nothing. */
  idleInTransaction: number | null
  /** For how long the longest of them has done nothing. */
  idleInTransactionSeconds: number | null
  longestStatementSeconds: number | null
  /** Transactions since the oldest row that is not frozen; at 2^31 the server stops. */
  transactionAge: number
  multixactAge: number
}

/** Measures a database in one statement. Sessions of others are seen by pg_monitor and the migrating role only. */
export function readDatabaseFigures(db: Database): Promise<DatabaseFigures> {
  return selectFigures(db)
}
