import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** The event of a backup that was written; the row's id is its digest. Nothing is recorded of a client that is gone. */
export async function insertBackupEvent(
  db: Database,
  clientCode: string,
  digest: string,
  details: Readonly<Record<string, number | string>>,
): Promise<void> {
  await db.run(sql`
    insert into flows.audit_events (client_id, actor, request_id, table_name, row_id, verb, details)
    select c.id, flows_private.audit_actor(), flows_private.audit_request_id(), 'backups', ${digest}, 'insert',
      ${JSON.stringify(details)}::jsonb
    from flows.clients c
    where c.client_code = ${clientCode}`)
}
