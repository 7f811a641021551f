import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** Whether a client was erased after a moment, or before it without having come back. */
export async function isOfErasedClient(tx: Database, clientId: string, moment: string): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(sql`
    select exists (
      select from flows_private.client_erasures
      where erased_client = ${clientId}
        and (restored_at is null or restored_at > ${moment}::timestamptz)) as found`)
  return found
}

/** Whether a code is kept from use because a client had it that was erased, another than the one that asks. */
export async function isErasedCode(
  tx: Database,
  clientCode: string,
  clientId: string | null,
): Promise<boolean> {
  const { found } = await tx.one<{ found: boolean }>(sql`
    select exists (
      select from flows_private.client_erasures
      where client_code = ${clientCode} and erased_client is distinct from ${clientId}::uuid and not is_code_free) as found`)
  return found
}

/** Notes that an erased client is back; what was left to be done of its erasure is not done any more. */
export async function noteReturn(tx: Database, clientId: string): Promise<void> {
  await tx.run(sql`
    update flows_private.client_erasures
    set restored_at = clock_timestamp(), bucket_id = null
    where erased_client = ${clientId} and restored_at is null`)
}

/** Erases the people in all invitations of a client and puts them into the ledger; gives how many invitations. */
export async function eraseEverybody(tx: Database, clientId: string): Promise<number> {
  await tx.run(sql`
    update flows_private.invitation_secrets
    set token_hash = null, pii_salt = null
    where client_id = ${clientId}`)
  await tx.run(sql`
    insert into flows_private.erasures (client_id, invitation_id, reason)
    select client_id, id, 'request' from flows.invitations where client_id = ${clientId}
    on conflict (client_id, invitation_id) do nothing`)
  return tx.run(sql`
    update flows.invitations set status = 'erased', revoked_at = null
    where client_id = ${clientId} and status <> 'erased'`)
}
