import type { Database } from '../database/database.ts'
import { selectClientOwnedTables } from './isolation.queries.ts'

/** A table whose rows belong to clients, as the catalogue knows it. */
export type ClientOwnedTable = {
  schema: string
  table: string
  /** The column that says whose row it is: client_id, or id in the registry itself. */
  ownerColumn: string
}

/**
 * Every table whose rows belong to clients, from the catalogue and never from a list, so that one made tomorrow
 * is among them tomorrow: those with a client_id, and the registry flows.clients. Partitions count as their parent.
 */
export function clientOwnedTables(db: Database): Promise<ClientOwnedTable[]> {
  return selectClientOwnedTables(db)
}
