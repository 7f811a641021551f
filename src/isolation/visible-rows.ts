import { type Actor, actAs } from '../database/act-as.ts'
import type { Database } from '../database/database.ts'
import { clientOwnedTables } from './client-owned-tables.ts'
import { countRows } from './isolation.queries.ts'

/** What an actor sees in one table: rows of its own client and of another. Undefined: it may not read the table. */
export type VisibleRows = {
  table: string
  own: number | undefined
  foreign: number | undefined
}

/** Counts, over every client-owned table, what an actor sees of its own client and of another one. `db` logs in as authenticator. */
export async function visibleRows(
  db: Database,
  actor: Actor,
  clients: { own: string; foreign: string },
): Promise<VisibleRows[]> {
  const tables = await clientOwnedTables(db)
  return actAs(db, { ...actor, readOnly: true }, async (tx) => {
    const seen: VisibleRows[] = []
    for (const table of tables) {
      seen.push({
        table: `${table.schema}.${table.table}`,
        own: await countRows(tx, table, clients.own),
        foreign: await countRows(tx, table, clients.foreign),
      })
    }
    return seen
  })
}

/** How many rows of a client there are in each client-owned table, for one who may see everything. */
export async function existingRows(db: Database, clientId: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const table of await clientOwnedTables(db)) {
    counts.set(`${table.schema}.${table.table}`, (await countRows(db, table, clientId)) ?? 0)
  }
  return counts
}
