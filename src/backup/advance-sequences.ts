import type { Database } from '../database/database.ts'
import type { ClientCatalog } from './client-tables.ts'
import { moveOn, selectNumberAhead } from './sequences.queries.ts'

/**
 * Moves sequences on where a client brought higher numbers than were drawn here, as from another database: the next row
 * of any client would get a number that is taken. Where nothing is behind, nobody waits for anything.
 */
export async function advanceSequences(
  tx: Database,
  { tables }: ClientCatalog,
  clientId: string,
): Promise<void> {
  for (const table of tables) {
    for (const drawn of table.drawn) {
      const number = await selectNumberAhead(tx, table, drawn, clientId)
      if (number !== undefined) await moveOn(tx, drawn.sequence, number)
    }
  }
}
