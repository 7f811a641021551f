import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'
import { list } from './copy.queries.ts'
import type { BackupTable } from './header.ts'
import { stageOf } from './restore.queries.ts'

/** How ids of a copy are made: those of `mapped` columns follow from the old ones, `renumbered` ones stand in a table each. */
export type NewIds = {
  mapped: readonly string[]
  /** By column, the temporary table that `drawNumbers` made. */
  renumbered: ReadonlyMap<string, string>
  namespace: string
}

/**
 * Draws a new number from a sequence for every number in a column of staged rows, in their order, into a temporary table
 * of old and new ones. Nobody waits for it, and nobody else draws the same.
 */
export async function drawNumbers(
  tx: Database,
  { stage, column, sequence }: { stage: string; column: string; sequence: string },
  numbers: string,
): Promise<void> {
  await tx.run(sql`
    create temporary table ${identifier(numbers)} on commit drop as
    select old, nextval(${literal(sequence)}::regclass) as new
    from (
      select distinct ${identifier(column)} as old
      from ${stageOf(stage)}
      where ${identifier(column)} is not null
      order by old
    ) numbered`)
}

/** Adds staged rows under another client, with the ids of the copy; gives how many. */
export function insertMapped(
  tx: Database,
  table: BackupTable,
  stage: string,
  { mapped, renumbered, namespace }: NewIds,
): Promise<number> {
  const joins: string[] = []
  const values = table.columns.map((column) => {
    const old = `s.${identifier(column).text}`
    const numbers = renumbered.get(column)
    if (numbers === undefined) return mapped.includes(column) ? mappedId(old, namespace) : old
    const alias = `n${joins.length + 1}`
    joins.push(`left join ${stageOf(numbers).text} ${alias} on ${alias}.old = ${old}`)
    return `${alias}.new`
  })
  return tx.run(sql`
    insert into ${identifier(table.schema, table.table)} (${raw(list(table.columns))})
    overriding system value
    select ${raw(values.join(', '))}
    from ${stageOf(stage)} s ${raw(joins.join(' '))}`)
}

/** The id that a row of a copy gets, for the id it was copied from. */
export async function mapId(tx: Database, id: string, namespace: string): Promise<string> {
  const { mapped } = await tx.one<{ mapped: string }>(sql`
    select ${raw(mappedId(`${literal(id).text}::uuid`, namespace))} as mapped`)
  return mapped
}

/** Makes the registry's row of a copy: code and domain are its own, the rest is as staged. */
export async function insertClonedClient(
  tx: Database,
  table: BackupTable,
  stage: string,
  { id, clientCode, domain }: { id: string; clientCode: string; domain: string | null },
): Promise<void> {
  const own: Readonly<Record<string, string | null>> = { id, client_code: clientCode, domain }
  const values = table.columns.map((column) => {
    const value = own[column]
    if (value === undefined) return identifier(column).text
    return value === null ? 'null' : literal(value).text + (column === 'id' ? '::uuid' : '')
  })
  await tx.run(sql`
    insert into flows.clients (${raw(list(table.columns))})
    select ${raw(values.join(', '))} from ${stageOf(stage)}`)
}

/** Revokes what could still be redeemed. */
export async function revokePending(tx: Database, clientId: string): Promise<void> {
  await tx.run(sql`
    update flows.invitations set status = 'revoked', revoked_at = now()
    where client_id = ${clientId} and status = 'pending'`)
}

/**
 * Erases in a copy what was erased in its original since the backup, and puts it into the copy's ledger, too; gives how
 * many invitations. A copy has neither hashes nor salts.
 */
export function carryErasures(
  tx: Database,
  { from, to, namespace }: { from: string; to: string; namespace: string },
): Promise<number> {
  return tx.run(sql`
    with carried as (
      insert into flows_private.erasures (client_id, invitation_id, reason)
      select i.client_id, i.id, e.reason
      from flows_private.erasures e
      join flows.invitations i on i.client_id = ${to} and i.id = ${raw(mappedId('e.invitation_id', namespace))}
      where e.client_id = ${from}
      returning client_id, invitation_id)
    update flows.invitations i
    set status = 'erased', revoked_at = null
    from carried
    where i.client_id = carried.client_id and i.id = carried.invitation_id and i.status <> 'erased'`)
}

/** The first 128 bits of SHA-256 over namespace and id, marked as a UUID of version 8 (RFC 9562). */
function mappedId(expression: string, namespace: string): string {
  const digest = `encode(sha256(uuid_send(${literal(namespace).text}::uuid) || uuid_send(${expression})), 'hex')`
  return `overlay(overlay(left(${digest}, 32) placing '8' from 13) placing '8' from 17)::uuid`
}
