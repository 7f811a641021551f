import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** The codes of active clients, with how old each is in seconds. */
export function selectActiveClients(db: Database): Promise<{ clientCode: string; seconds: number }[]> {
  return db.many(sql`
    select client_code, extract(epoch from now() - created_at)::double precision as seconds
    from flows.clients
    where status = 'active'
    order by client_code`)
}
