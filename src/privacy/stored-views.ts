import { readClientCatalog } from '../backup/client-tables.ts'
import type { Database } from '../database/database.ts'
import type { Remains } from './clear-erased.ts'
import { selectStoredViews } from './stored-views.queries.ts'

/**
 * The materialized views that were filled from tables of clients, each with the statement that fills it anew: rows of an
 * erased client may stand in them, and only their query knows which those are.
 */
export async function storedViews(db: Database): Promise<Remains> {
  const { tables } = await readClientCatalog(db)
  return (await selectStoredViews(db, tables)).map((name) => ({
    place: `the materialized view ${name}, if it was filled before the erasure`,
    until: `this has run: refresh materialized view ${name}`,
  }))
}
