import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** Active clients that have no key to seal anything with. */
export function selectKeylessClients(db: Database): Promise<{ clientCode: string }[]> {
  return db.many(sql`
    select c.client_code
    from flows.clients c
    where c.status = 'active' and not exists (
      select from flows_private.client_keys k where k.client_id = c.id and k.state = 'active')
    order by c.client_code`)
}

/** Keys that were rotated out that many seconds ago and that no invitation needs any more. */
export function selectIdleKeys(
  db: Database,
  seconds: number,
): Promise<{ clientCode: string; epoch: number }[]> {
  return db.many(sql`
    select c.client_code, k.epoch
    from flows_private.client_keys k
    join flows.clients c on c.id = k.client_id
    where k.state in ('retiring', 'revoked') and k.retired_at <= now() - make_interval(secs => ${seconds})
      and not exists (
        select from flows.invitations i
        where i.client_id = k.client_id and i.key_epoch = k.epoch
          and i.status in ('pending', 'redeemed')
          and i.expires_at > now() - make_interval(secs => ${seconds}))
    order by c.client_code, k.epoch`)
}

/** A signing key on record: how many invitations that it signed can be redeemed, and when it ends. */
export type SigningKeyUse = { kid: string; state: string; pending: number; notAfter: Date | null }

/** The signing keys that sign, or whose tokens can still be redeemed. */
export function selectSigningKeysInUse(db: Database): Promise<SigningKeyUse[]> {
  return db.many(sql`
    select k.kid, k.state, k.not_after, (
      select count(*)
      from flows.invitations i
      join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
      where s.signing_kid = k.kid and i.status = 'pending' and i.expires_at > now()
    ) as pending
    from flows_private.signing_keys k
    where k.state in ('active', 'retiring')
    order by k.kid`)
}
