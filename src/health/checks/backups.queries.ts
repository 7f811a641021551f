import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** An active client: how old it is in seconds, and the newest backup that its trail tells of. */
export type BackedUpClient = {
  clientCode: string
  seconds: number
  takenAt: Date | null
  bytes: number | null
}

/**
 * The active clients with their backups of the last `within` seconds; the trail is read only as far back. What a restore
 * saved before it replaced a client is no backup of what the client is.
 */
export function selectBackedUpClients(db: Database, within: number): Promise<BackedUpClient[]> {
  return db.many(sql`
    with backups as (
      select distinct on (client_id) client_id, created_at as taken_at, (details ->> 'bytes')::bigint as bytes
      from flows.audit_events
      where created_at > now() - make_interval(secs => ${within}) and table_name = 'backups' and verb = 'insert'
        and details ->> 'kind' is distinct from 'before-restore'
      order by client_id, created_at desc
    )
    select c.client_code, extract(epoch from now() - c.created_at)::double precision as seconds, b.taken_at, b.bytes
    from flows.clients c
    left join backups b on b.client_id = c.id
    where c.status = 'active'
    order by c.client_code`)
}
