import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** Ids and codes of clients that were erased and are not back. */
export function selectErasedClients(db: Database): Promise<{ clientId: string; clientCode: string }[]> {
  return db.many(sql`
    select distinct e.erased_client as client_id, e.client_code
    from flows_private.client_erasures e
    where not exists (select from flows.clients c where c.id = e.erased_client)`)
}
