import type { ClientCatalog } from '../backup/client-tables.ts'
import type { Database } from '../database/database.ts'
import { identifier, raw, type Sql, sql } from '../database/sql.ts'

/** How long the rows of a client are kept, in days. */
export type Periods = {
  id: string
  clientCode: string
  invitationDays: number
  usageDays: number
  auditDays: number
}

/** The periods of one client or of all. */
export function selectPeriods(db: Database, clientId: string | undefined): Promise<Periods[]> {
  return db.many(sql`
    select c.id, c.client_code, t.invitation_days, t.usage_days, t.audit_days
    from flows.clients c
    join flows.client_tiers t on t.tier = c.tier
    where ${clientId === undefined ? sql`true` : sql`c.id = ${clientId}`}
    order by c.client_code`)
}

/** Erased clients and how long their trail is kept. */
export function selectErasedPeriods(db: Database): Promise<{ id: string; auditDays: number }[]> {
  return db.many(sql`
    select e.erased_client as id, max(e.audit_days) as audit_days
    from flows_private.client_erasures e
    where not exists (select from flows.clients c where c.id = e.erased_client)
    group by e.erased_client
    order by e.erased_client`)
}

/** For how many days the trail is kept at the most, whoever it tells of; the operator's own is kept that long. */
export async function selectLongestAuditDays(db: Database): Promise<number> {
  const { days } = await db.one<{ days: number }>(sql`
    select greatest(
      (select max(audit_days) from flows.client_tiers),
      (select max(audit_days) from flows_private.client_erasures)) as days`)
  return days
}

type Reference = ClientCatalog['references'][number]

/** The tables that an invitation has rows in, all deleted at once, with the column that says of which it is. */
const ofInvitation: Readonly<Record<string, string>> = {
  'flows.invitations': 'id',
  'flows.invitation_redemptions': 'invitation_id',
  'flows_private.invitation_secrets': 'invitation_id',
}

/** Whether a reference leads from a project's own table to rows that go with an invitation. */
export function isOutside({ schema, toSchema, toTable }: Reference): boolean {
  return !['flows', 'flows_private'].includes(schema) && `${toSchema}.${toTable}` in ofInvitation
}

/** Whether an invitation `i`, or what goes with it, is referred to by rows of a project's own tables. */
function isReferredTo(references: readonly Reference[]): Sql {
  const each = references.map(({ schema, table, columns, toSchema, toTable, toColumns }) => {
    const equal = columns.map(
      (name, index) => `c.${identifier(name).text} = p.${identifier(toColumns[index] ?? '').text}`,
    )
    return `exists (
      select
      from ${identifier(toSchema, toTable).text} p
      join ${identifier(schema, table).text} c on ${equal.join(' and ')}
      where p.client_id = i.client_id and p.${ofInvitation[`${toSchema}.${toTable}`]} = i.id)`
  })
  return each.length === 0 ? sql`false` : sql`(${raw(each.join(' or '))})`
}

/**
 * Locks invitations whose end is so many days ago, the oldest first; not those that one which stays was superseded by,
 * nor what a project's own rows refer to, so that no reference leads nowhere.
 */
export async function lockEndedInvitations(
  tx: Database,
  { id, invitationDays }: Periods,
  references: readonly Reference[],
  limit: number,
): Promise<string[]> {
  const stays = sql`(
    case i.status when 'revoked' then i.revoked_at when 'pending' then i.expires_at when 'expired' then i.expires_at
      else i.updated_at end >= now() - make_interval(days => ${invitationDays}) or ${isReferredTo(references)})`
  const rows = await tx.many<{ id: string }>(sql`
    with recursive kept (id) as (
      select i.superseded_by
      from flows.invitations i
      where i.client_id = ${id} and i.superseded_by is not null and ${stays}
      union
      select i.superseded_by
      from kept
      join flows.invitations i on i.client_id = ${id} and i.id = kept.id and i.superseded_by is not null
    )
    select i.id
    from flows.invitations i
    where i.client_id = ${id} and not ${stays} and i.id not in (select kept.id from kept)
    order by i.created_at, i.id
    limit ${limit}
    for update of i`)
  return rows.map((row) => row.id)
}

/** Keeps everybody from referring to what goes with these invitations, until the transaction ends. */
export async function lockBelongings(tx: Database, clientId: string, ids: readonly string[]): Promise<void> {
  for (const name of ['flows.invitation_redemptions', 'flows_private.invitation_secrets']) {
    await tx.run(sql`
      select count(*)
      from (
        select from ${raw(name)} where client_id = ${clientId} and invitation_id = any (${ids}::uuid[]) for update
      ) held`)
  }
}

/** Whether a project's own rows refer to any of these invitations, which nobody else can refer to any more. */
export async function areReferredTo(
  tx: Database,
  clientId: string,
  ids: readonly string[],
  references: readonly Reference[],
): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(sql`
    select exists (
      select from flows.invitations i
      where i.client_id = ${clientId} and i.id = any (${ids}::uuid[]) and ${isReferredTo(references)}) as found`)
  return found
}

/** Deletes invitations with their secrets and redemptions, while triggers rest; how many rows that were. */
export async function deleteInvitations(
  tx: Database,
  clientId: string,
  ids: readonly string[],
): Promise<number> {
  const { rows } = await tx.one<{ rows: number }>(sql`
    with redemptions as (
      delete from flows.invitation_redemptions
      where client_id = ${clientId} and invitation_id = any (${ids}::uuid[])
      returning 1
    ), secrets as (
      delete from flows_private.invitation_secrets
      where client_id = ${clientId} and invitation_id = any (${ids}::uuid[])
      returning 1
    ), invitations as (
      delete from flows.invitations where client_id = ${clientId} and id = any (${ids}::uuid[])
      returning 1
    )
    select (select count(*) from redemptions) + (select count(*) from secrets)
      + (select count(*) from invitations) as rows`)
  return rows
}

/** Deletes usage that is older than the client's tier keeps; how many rows. Hours of such days are days first. */
export async function forgetUsage(tx: Database, { id, usageDays }: Periods): Promise<number> {
  await tx.run(sql`
    select flows_private.roll_up_hours(${id}, (now() at time zone 'UTC')::date - ${usageDays}::integer)`)
  const { rows } = await tx.one<{ rows: number }>(sql`
    select flows_private.forget_usage(${id}) as rows`)
  return rows
}

const ofNobody = sql`
  client_id not in (select c.id from flows.clients c)
  and client_id not in (select e.erased_client from flows_private.client_erasures e)`

/**
 * Deletes events older than so many days, while triggers rest; how many. Without a client, those of the operator and of
 * whoever is neither a client nor was erased.
 */
export function deleteEvents(
  tx: Database,
  clientId: string | undefined,
  days: number,
  limit: number,
): Promise<number> {
  return tx.run(sql`
    delete from flows.audit_events
    where (client_id, created_at, id) in (
      select client_id, created_at, id
      from flows.audit_events
      where ${clientId === undefined ? ofNobody : sql`client_id = ${clientId}`}
        and created_at < now() - make_interval(days => ${days})
      limit ${limit})`)
}

/** A month of the trail. */
export type Month = { name: string; events: number }

/** The months of the trail that ended so many days ago, with how many events they hold. */
export async function selectOldMonths(db: Database, days: number): Promise<Month[]> {
  const months = await db.many<{ name: string }>(sql`
    select c.relname::text as name
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'flows.audit_events'::regclass
      and c.relnamespace = 'flows_private'::regnamespace
      and (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''([^'']+)''\\)'))[1]::timestamptz
        <= now() - make_interval(days => ${days})
    order by c.relname`)
  return Promise.all(
    months.map(async ({ name }) => {
      const { events } = await db.one<{ events: number }>(sql`
        select count(*) as events from ${identifier('flows_private', name)}`)
      return { name, events }
    }),
  )
}

/** Deletes every event of a month, while triggers rest. */
export async function emptyMonth(tx: Database, name: string): Promise<void> {
  await tx.run(sql`delete from ${identifier('flows_private', name)}`)
}

/** Drops a month of the trail, waiting 50 ms for a lock. */
export async function dropMonth(tx: Database, name: string): Promise<void> {
  await tx.run(sql`set local lock_timeout = '50ms'`)
  await tx.run(sql`drop table ${identifier('flows_private', name)}`)
}
