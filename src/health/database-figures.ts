import type { Database } from '../database/database.ts'
import { type FiguresRow, selectFigures } from './database-figures.queries.ts'

/** How a database does, in numbers that the server keeps; null is what this role may not see, or nothing was counted of. */
export type DatabaseFigures = FiguresRow

/** Measures a database in one statement. Sessions of others are seen by pg_monitor and the migrating role only. */
export function readDatabaseFigures(db: Database): Promise<DatabaseFigures> {
  return selectFigures(db)
}
