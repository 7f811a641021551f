import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { ClientKeyState, KeyName } from './client-key.ts'

/** A client's key as it is kept; nothing is left of a shredded one. */
export type WrappedKey = KeyName & Readonly<{ state: ClientKeyState; wrappedKey: Buffer | null }>

/** Keeps a wrapped key as the client's active one. */
export async function insertClientKey(
  db: Database,
  { clientId, epoch }: KeyName,
  wrapped: Buffer,
): Promise<void> {
  await db.run(sql`
    insert into flows_private.client_keys (client_id, epoch, wrapped_key)
    values (${clientId}, ${epoch}, ${wrapped})`)
}

/** The client's active key, if it has one. */
export function findActiveKey(db: Database, clientId: string): Promise<WrappedKey | undefined> {
  return db.maybe(sql`
    select client_id, epoch, state, wrapped_key
    from flows_private.client_keys
    where client_id = ${clientId} and state = 'active'`)
}

/** The client's key of an epoch, in whatever state it is. */
export function findKeyOfEpoch(db: Database, { clientId, epoch }: KeyName): Promise<WrappedKey | undefined> {
  return db.maybe(sql`
    select client_id, epoch, state, wrapped_key
    from flows_private.client_keys
    where client_id = ${clientId} and epoch = ${epoch}`)
}

/** Waits until nobody else is changing the keys of a client, until the end of the transaction. */
export async function lockClientKeys(db: Database, clientId: string): Promise<void> {
  await db.run(sql`select from flows.clients where id = ${clientId} for no key update`)
}

/** Ends the time of the client's active key; its epoch, if there was one. */
export function endActiveKey(
  db: Database,
  clientId: string,
  state: 'retiring' | 'revoked',
): Promise<{ epoch: number } | undefined> {
  return db.maybe(sql`
    update flows_private.client_keys
    set state = ${state}, retired_at = now()
    where client_id = ${clientId} and state = 'active'
    returning epoch`)
}

/** The latest epoch of a client, 0 if it has none. */
export async function latestEpoch(db: Database, clientId: string): Promise<number> {
  const { epoch } = await db.one<{ epoch: number }>(sql`
    select coalesce(max(epoch), 0) as epoch from flows_private.client_keys where client_id = ${clientId}`)
  return epoch
}

/** Every wrapped key of every client, held until the end of the transaction. */
export function lockWrappedKeys(db: Database): Promise<(KeyName & { wrappedKey: Buffer })[]> {
  return db.many(sql`
    select client_id, epoch, wrapped_key
    from flows_private.client_keys
    where wrapped_key is not null
    order by client_id, epoch
    for no key update`)
}

/** Replaces wrapped keys by others, all in one statement; how many there were. */
export function replaceWrappedKeys(
  db: Database,
  keys: readonly (KeyName & { wrappedKey: Buffer })[],
): Promise<number> {
  return db.run(sql`
    update flows_private.client_keys k
    set wrapped_key = n.wrapped_key
    from unnest(
      ${keys.map(({ clientId }) => clientId)}::uuid[],
      ${keys.map(({ epoch }) => epoch)}::integer[],
      ${keys.map(({ wrappedKey }) => wrappedKey)}::bytea[]
    ) n (client_id, epoch, wrapped_key)
    where k.client_id = n.client_id and k.epoch = n.epoch`)
}

/** A client's key as it may be shown. */
export type ClientKeyRow = {
  clientCode: string
  epoch: number
  state: ClientKeyState
  createdAt: Date
  retiredAt: Date | null
  usedUntil: Date | null
}

/** The keys of one client or of all, the latest first, with the time until which invitations of theirs can be redeemed. */
export function selectClientKeys(db: Database, clientId: string | undefined): Promise<ClientKeyRow[]> {
  return db.many(sql`
    select c.client_code, k.epoch, k.state, k.created_at, k.retired_at, u.used_until
    from flows_private.client_keys k
    join flows.clients c on c.id = k.client_id
    cross join lateral (
      select max(i.expires_at) as used_until
      from flows.invitations i
      where i.client_id = k.client_id and i.key_epoch = k.epoch
        and i.status = 'pending' and i.expires_at > now()
    ) u
    where ${clientId === undefined ? sql`true` : sql`k.client_id = ${clientId}`}
    order by c.client_code, k.epoch desc`)
}

/** The clients, or the one of this id, that have keys which are neither active nor gone. */
export function selectClientsWithRetiredKeys(
  db: Database,
  clientId: string | undefined,
): Promise<{ id: string; clientCode: string }[]> {
  return db.many(sql`
    select c.id, c.client_code
    from flows.clients c
    where ${clientId === undefined ? sql`true` : sql`c.id = ${clientId}`}
      and exists (
        select from flows_private.client_keys k
        where k.client_id = c.id and k.state in ('retiring', 'revoked'))
    order by c.client_code`)
}

/** Destroys a client's keys that seal nothing new and whose last invitation is over; their epochs. */
export function shredKeys(db: Database, clientId: string): Promise<{ epoch: number }[]> {
  return db.many(sql`
    update flows_private.client_keys k
    set state = 'shredded', wrapped_key = null
    where k.client_id = ${clientId} and k.state in ('retiring', 'revoked')
      and not exists (
        select from flows.invitations i
        where i.client_id = k.client_id and i.key_epoch = k.epoch
          and i.status in ('pending', 'redeemed') and i.expires_at > now())
    returning k.epoch`)
}
