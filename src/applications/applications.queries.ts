import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { AppConfig } from './app-config.ts'
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

/** Puts an application among the client's. */
export function insertApplication(db: Database, clientId: string, config: AppConfig): Promise<Application> {
  const { appCode, appName, permissions, settings } = config
  return db.one(sql`
    with a as (
      insert into flows.client_applications (client_id, app_code, app_name, permissions, settings)
      values (${clientId}, ${appCode}, ${appName}, ${permissions}, ${JSON.stringify(settings)})
      returning *
    )
    select ${columns} from a join flows.clients c on c.id = a.client_id`)
}

/** Changes what is given of a client's application; undefined if it is not installed. */
export function updateInstalled(
  db: Database,
  clientId: string,
  appCode: string,
  changes: Partial<Omit<AppConfig, 'appCode'>>,
): Promise<Application | undefined> {
  const { appName = null, permissions = null, settings } = changes
  return db.maybe(sql`
    with a as (
      update flows.client_applications
      set app_name = coalesce(${appName}, app_name),
        permissions = coalesce(${permissions}, permissions),
        settings = coalesce(${settings === undefined ? null : JSON.stringify(settings)}, settings)
      where client_id = ${clientId} and app_code = ${appCode}
      returning *
    )
    select ${columns} from a join flows.clients c on c.id = a.client_id`)
}

/** Takes an application from the client. */
export async function deleteApplication(db: Database, clientId: string, id: string): Promise<void> {
  await db.run(sql`delete from flows.client_applications where client_id = ${clientId} and id = ${id}`)
}

/** How many invitations there are to an application, and how many of them can still be redeemed. */
export function countInvitations(
  db: Database,
  clientId: string,
  id: string,
): Promise<{ invitations: number; open: number }> {
  return db.one(sql`
    select count(*) as invitations,
      count(*) filter (where status = 'pending' and expires_at > now()) as open
    from flows.invitations
    where client_id = ${clientId} and app_id = ${id}`)
}
