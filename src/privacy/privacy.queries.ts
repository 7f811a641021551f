import type { Database } from '../database/database.ts'
import { sqlState } from '../database/failures.ts'
import { sql } from '../database/sql.ts'
import type { ErasureReason } from './erasure-reason.ts'

/** An invitation that was just erased. */
export type ErasedRow = { id: string; invitationCode: string; erasedAt: Date }

/** Erases an invitation with all that it was resent from and as, and puts them into the ledger; what is erased already stays. */
export function eraseChain(
  db: Database,
  clientId: string,
  id: string,
  reason: ErasureReason,
): Promise<ErasedRow[]> {
  return db.many(sql`
    with recursive chain (id, superseded_by) as (
      select i.id, i.superseded_by from flows.invitations i where i.client_id = ${clientId} and i.id = ${id}
      union
      select i.id, i.superseded_by
      from chain
      join flows.invitations i
        on i.client_id = ${clientId} and (i.id = chain.superseded_by or i.superseded_by = chain.id)
    ), erased as (
      update flows.invitations i
      set status = 'erased', revoked_at = null
      from chain
      where i.client_id = ${clientId} and i.id = chain.id and i.status <> 'erased'
      returning i.id, i.invitation_code
    ), secrets as (
      update flows_private.invitation_secrets s
      set token_hash = null, pii_salt = null
      from erased
      where s.client_id = ${clientId} and s.invitation_id = erased.id
    ), ledger as (
      insert into flows_private.erasures (client_id, invitation_id, reason)
      select ${clientId}::uuid, erased.id, ${reason} from erased
      on conflict (client_id, invitation_id) do nothing
    )
    select id, invitation_code, now() as erased_at from erased order by invitation_code`)
}

/** Erases whatever stands in the ledger and came back, of one client or of all; how many there were. */
export async function eraseAgain(db: Database, clientId: string | undefined): Promise<number> {
  const { again } = await db.one<{ again: number }>(sql`
    select flows_private.erase_again(${clientId ?? null}::uuid) as again`)
  return again
}

/**
 * Writes the tables of salts and wrapped keys anew without what is dead: `locked` if nobody would let go of it for 5 seconds, `kept` if
 * the server had to keep dead rows for a transaction that is older than they are. Outside a transaction, as its owner.
 * A plain VACUUM frees the place of dead rows and leaves their bytes in it.
 */
export async function rewriteSecrets(owner: Database): Promise<'clear' | 'kept' | 'locked'> {
  let kept = 0
  const count = ({ detail }: { detail: string }) => {
    // "8 dead row versions cannot be removed yet.", in the language of the server
    kept += Number(/\d+/.exec(detail)?.[0] ?? 0)
  }
  return owner.notices(count, async (session) => {
    await session.run(sql`set lock_timeout = '5s'`)
    try {
      await session.run(
        sql`vacuum (full, verbose) flows_private.invitation_secrets, flows_private.client_keys`,
      )
      return kept === 0 ? 'clear' : 'kept'
    } catch (error) {
      if (sqlState(error) !== '55P03') throw error
      return 'locked'
    } finally {
      await session.run(sql`reset lock_timeout`)
    }
  })
}

/** Whether the server hands its write-ahead log to an archive, where erased bytes outlive it. */
export async function isWalArchived(db: Database): Promise<boolean> {
  const { mode } = await db.one<{ mode: string }>(sql`select current_setting('archive_mode') as mode`)
  return mode !== 'off'
}
