import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { Application } from './application.ts'

const columns = sql`
  a.id, c.client_code, a.app_code, a.app_name, a.permissions, a.settings, a.created_at`

/** The client's application with this code. */
export function selectApplication(
  db: Database,
  clientId: string,
  appCode: string,
): Promise<Application | undefined> {
  return db.maybe(sql`
    select ${columns}
    from flows.client_applications a join flows.clients c on c.id = a.client_id
    where a.client_id = ${clientId} and a.app_code = ${appCode}`)
}

/** The client's applications, newest first. */
export function selectApplications(db: Database, clientId: string): Promise<Application[]> {
  return db.many(sql`
    select ${columns}
    from flows.client_applications a join flows.clients c on c.id = a.client_id
    where a.client_id = ${clientId}
    order by a.created_at desc, a.app_code`)
}
