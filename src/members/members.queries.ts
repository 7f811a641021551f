import type { Database } from '../database/database.ts'
import { every, sql } from '../database/sql.ts'
import type { Member } from './member.ts'

const columns = sql`m.id, c.client_code, m.user_id, m.role, m.permissions, m.status, m.created_at`

/** A client's members that fit every condition given, newest first. */
export function selectMembers(
  db: Database,
  clientId: string,
  { role, status }: { role?: string; status?: string },
  limit: number,
): Promise<Member[]> {
  const conditions = every([
    sql`m.client_id = ${clientId}`,
    ...(role === undefined ? [] : [sql`m.role = ${role}`]),
    ...(status === undefined ? [] : [sql`m.status = ${status}`]),
  ])
  return db.many(sql`
    select ${columns}
    from flows.client_members m join flows.clients c on c.id = m.client_id
    where ${conditions}
    order by m.created_at desc, m.id
    limit ${limit}`)
}

/** A client's member of this sign-in. */
export function selectMember(db: Database, clientId: string, userId: string): Promise<Member | undefined> {
  return db.maybe(sql`
    select ${columns}
    from flows.client_members m join flows.clients c on c.id = m.client_id
    where m.client_id = ${clientId} and m.user_id = ${userId}`)
}

/** Changes what is given of a member; undefined if the client has none of this sign-in. */
export function updateJoined(
  db: Database,
  clientId: string,
  userId: string,
  { role = null, status = null }: { role?: string | null; status?: string | null },
): Promise<Member | undefined> {
  return db.maybe(sql`
    with m as (
      update flows.client_members
      set role = coalesce(${role}, role), status = coalesce(${status}, status)
      where client_id = ${clientId} and user_id = ${userId}
      returning *
    )
    select ${columns} from m join flows.clients c on c.id = m.client_id`)
}

/** What the hook answers to an event of Supabase Auth. */
export async function runAccessTokenHook<Answer>(db: Database, event: object): Promise<Answer> {
  const { answer } = await db.one<{ answer: Answer }>(
    sql`select flows.access_token_hook(${JSON.stringify(event)}::jsonb) as answer`,
  )
  return answer
}
