import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** An active client: how old it is, and how old the newest backup of the last `seconds` that its trail tells of. */
export type BackedUpClient = { clientCode: string; seconds: number; backupSeconds: number | null }

/** The active clients with their backups; the trail is read only as far back as asked. */
export function selectBackedUpClients(db: Database, within: number): Promise<BackedUpClient[]> {
  return db.many(sql`
    with backups as (
      select client_id, max(created_at) as taken_at
      from flows.audit_events
      where created_at > now() - make_interval(secs => ${within}) and table_name = 'backups' and verb = 'insert'
      group by client_id
    )
    select c.client_code, extract(epoch from now() - c.created_at)::double precision as seconds,
      extract(epoch from now() - b.taken_at)::double precision as backup_seconds
    from flows.clients c
    left join backups b on b.client_id = c.id
    where c.status = 'active'
    order by c.client_code`)
}
