import type { Database } from '../src/database/database.ts'
import { insertClients, insertCompanions, insertInvitations, rest, settle } from './seed.queries.ts'

/** How much is seeded. The first client gets `large` rows, all others share the rest of `rows` evenly. */
export type Seeding = { seed: number; clients: number; rows: number; large: number }

const rowsAnInvitation = 4

/**
 * Fills an empty migrated database with clients and rows in four tables each, made on the server by generate_series;
 * the same ids, codes and hashes for the same seed.
 */
export async function seedDatabase(db: Database, { seed, clients, rows, large }: Seeding): Promise<void> {
  const share = (of: number) => Math.round(of / rowsAnInvitation)
  await db.transaction(async (tx) => {
    await rest(tx)
    await insertClients(tx, seed, clients)
    await insertInvitations(tx, seed, { from: 2, to: clients, each: share((rows - large) / (clients - 1)) })
    await insertInvitations(tx, seed, { from: 1, to: 1, each: share(large) })
    await insertCompanions(tx)
  })
  await settle(db)
}
