import type { MailFault } from '../clients/mail.ts'
import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** Whether an invitation can still be redeemed and nothing is known of a mail of it. */
export async function isUnsent(db: Database, clientCode: string, id: string): Promise<boolean> {
  const { unsent } = await db.one<{ unsent: boolean }>(sql`
    select exists (
      select from flows.invitations i join flows.clients c on c.id = i.client_id
      where c.client_code = ${clientCode} and i.id = ${id}
        and i.status = 'pending' and i.expires_at > now() and coalesce(i.delivery, 'pending') = 'pending'
    ) as unsent`)
  return unsent
}

/** Notes what became of the mail of an invitation. */
export async function markDelivery(
  db: Database,
  { clientCode, id }: { clientCode: string; id: string },
  fault: MailFault | null,
): Promise<void> {
  await db.run(sql`
    update flows.invitations i
    set delivery = case when ${fault}::text is null then 'sent' else 'failed' end,
      delivery_fault = ${fault},
      delivered_at = case when ${fault}::text is null then now() end
    from flows.clients c
    where c.client_code = ${clientCode} and i.client_id = c.id and i.id = ${id}`)
}
