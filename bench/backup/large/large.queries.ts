import type { Database } from '../../../src/database/database.ts'
import { identifier, raw, sql } from '../../../src/database/sql.ts'

/** The codes of all clients. */
export async function listClientCodes(db: Database): Promise<string[]> {
  const clients = await db.many<{ clientCode: string }>(
    sql`select client_code from flows.clients order by client_code`,
  )
  return clients.map(({ clientCode }) => clientCode)
}

/** Writes an invitation and its redemption together. */
export async function addPair(db: Database, clientCode: string, invitationId: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.run(sql`
      insert into flows.invitations (client_id, id, app_id, invitation_code, key_epoch, expires_at, used_count, status)
      select c.id, ${invitationId}, a.id, ${invitationId}, 1, now() + interval '1 day', 1, 'redeemed'
      from flows.clients c
      join flows.client_applications a on a.client_id = c.id
      where c.client_code = ${clientCode}`)
    await tx.run(sql`
      insert into flows.invitation_redemptions (client_id, invitation_id, use_number, user_id)
      select id, ${invitationId}, 1, gen_random_uuid() from flows.clients where client_code = ${clientCode}`)
  })
}

/** Deletes, changes and adds about every tenth row of a client, other ones for each seed. */
export async function damageAtRandom(db: Database, clientCode: string, seed: number): Promise<void> {
  const hit = (share: number) => sql`hashtextextended(i.id::text, ${seed}) % 100 between 0 and ${share - 1}`
  await db.transaction(async (tx) => {
    await tx.run(sql`
      update flows.invitations i set status = 'revoked', revoked_at = now(), permissions = '{admin}'
      from flows.clients c where c.client_code = ${clientCode} and i.client_id = c.id and ${hit(10)}`)
    await tx.run(sql`
      delete from flows.invitation_redemptions r
      using flows.clients c, flows.invitations i
      where c.client_code = ${clientCode} and r.client_id = c.id and i.client_id = c.id and i.id = r.invitation_id
        and ${hit(7)}`)
    await tx.run(sql`
      update flows_private.invitation_secrets s set token_hash = sha256('x')
      from flows.clients c, flows.invitations i
      where c.client_code = ${clientCode} and s.client_id = c.id and i.client_id = c.id and i.id = s.invitation_id
        and ${hit(5)}`)
    await tx.run(sql`
      update flows.clients set legal_name = 'Damaged', status = 'inactive', deactivated_at = now()
      where client_code = ${clientCode}`)
  })
}

/** A digest of each client's rows in a table, whatever their order. */
export function tableDigests(
  db: Database,
  { schema, table, owner }: { schema: string; table: string; owner: string },
): Promise<{ clientId: string; digest: string }[]> {
  return db.many(sql`
    select ${identifier(owner)} as client_id,
      count(*) || ' ' || sum(hash_record_extended(t, 0)::numeric) as digest
    from ${identifier(schema, table)} ${raw('t')}
    group by 1`)
}
