import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import type { PublicJwk } from './jwk.ts'
import type { SigningAlgorithm } from './signature-form.ts'
import type { SigningKeyState, VerifyingKey } from './signing-key.ts'

/** A signing key as it is on record. */
export type SigningKeyRow = {
  kid: string
  alg: SigningAlgorithm
  publicJwk: PublicJwk | null
  state: SigningKeyState
  createdAt: Date
}

/** Every signing key on record, the latest first. */
export function selectSigningKeys(db: Database): Promise<SigningKeyRow[]> {
  return db.many(sql`
    select kid, alg, public_jwk, state, created_at
    from flows_private.signing_keys
    order by created_at desc, kid`)
}

/** Until when the tokens of each signing key can be redeemed, where any can be. */
export function selectSigningKeyUses(db: Database): Promise<{ kid: string; usedUntil: Date }[]> {
  return db.many(sql`
    select s.signing_kid as kid, max(i.expires_at) as used_until
    from flows.invitations i
    join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
    where i.status = 'pending' and i.expires_at > now() and s.signing_kid is not null
    group by s.signing_kid`)
}

/** Waits until nobody else is changing which key signs, until the end of the transaction. */
export async function lockSigningKeys(db: Database): Promise<void> {
  await db.run(sql`select pg_advisory_xact_lock(hashtextextended('flows_private.signing_keys', 0))`)
}

/** Puts a key on record that does not sign yet, unless it is there. */
export async function insertSigningKey(db: Database, { kid, alg, publicJwk }: VerifyingKey): Promise<void> {
  await db.run(sql`
    insert into flows_private.signing_keys (kid, alg, public_jwk)
    values (${kid}, ${alg}, ${publicJwk === null ? null : JSON.stringify(publicJwk)}::jsonb)
    on conflict (kid) do nothing`)
}

/** Ends the time of the key that signs, if there is one. */
export async function endActiveSigningKey(db: Database, state: 'retiring' | 'revoked'): Promise<void> {
  await db.run(sql`
    update flows_private.signing_keys set state = ${state}, not_after = now() where state = 'active'`)
}

/** Lets a key sign from now on. */
export async function startSigningKey(db: Database, kid: string): Promise<void> {
  await db.run(sql`
    update flows_private.signing_keys
    set state = 'active', not_before = coalesce(not_before, now()), not_after = null
    where kid = ${kid}`)
}

/** Marks as gone the keys that sign no more and none of whose tokens can be redeemed any more; how many there were. */
export function shredUnusedSigningKeys(db: Database): Promise<number> {
  return db.run(sql`
    update flows_private.signing_keys k
    set state = 'shredded'
    where k.state in ('retiring', 'revoked')
      and not exists (
        select
        from flows.invitations i
        join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
        where s.signing_kid = k.kid and i.status = 'pending' and i.expires_at > now())`)
}
