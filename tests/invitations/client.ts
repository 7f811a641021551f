import { randomBytes } from 'node:crypto'
import type { Client } from '../../src/clients/client.ts'
import { createClient } from '../../src/clients/create-client.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { createInvitation } from '../../src/invitations/create-invitation.ts'
import type { InvitationDraft } from '../../src/invitations/invitation-draft.ts'
import type { IssuedInvitation } from '../../src/invitations/keep-minted.ts'
import { wrapKey } from '../../src/keys/wrap-key.ts'
import { keys, masterKey } from './forge.ts'

/** A new client of a random code with the application offboarding; `wrappedBy` is the master key of a key that came from elsewhere. */
export async function newClient(
  db: Database,
  { wrappedBy, ...more }: { domain?: string; tier?: string; wrappedBy?: Buffer } = {},
): Promise<Client> {
  const clientCode = `client-${randomBytes(5).toString('hex')}`
  const client = await createClient(
    db,
    { clientCode, legalName: 'A Company', region: 'EU', ...more },
    { masterKey, storageBucketPrefix: 'flows' },
  )
  if (wrappedBy !== undefined) {
    const wrapped = wrapKey(randomBytes(32), { clientId: client.id, epoch: 1 }, wrappedBy)
    await db.run(
      sql`update flows_private.client_keys set wrapped_key = ${wrapped} where client_id = ${client.id}`,
    )
  }
  await db.run(sql`
    insert into flows.client_applications (client_id, app_code, app_name, permissions)
    values (${client.id}, 'offboarding', 'Offboarding', ${['documents:read', 'documents:write']})`)
  return client
}

/** An invitation of the client for Ada, or as told. */
export function invite(
  db: Database,
  { clientCode }: Client,
  more: Partial<InvitationDraft> = {},
): Promise<IssuedInvitation> {
  const draft = {
    clientCode,
    appCode: 'offboarding',
    invitee: { fullName: 'Ada Lovelace', companyEmail: 'ada@acme.example' },
    permissions: ['documents:read'],
    ...more,
  }
  return createInvitation(db, draft, keys)
}

/** Lets an invitation's time be over, in the database only. */
export async function expire(db: Database, clientId: string, id: string): Promise<void> {
  await db.run(sql`
    update flows.invitations set expires_at = now() - interval '1 second'
    where client_id = ${clientId} and id = ${id}`)
}

/** The refusals recorded about an invitation, or about what could not be read, oldest first. */
export function refusals(
  db: Database,
  rowId: string,
): Promise<{ attempt: string; reason: string; clientId: string }[]> {
  return db.many(sql`
    select details ->> 'attempt' as attempt, details ->> 'reason' as reason, client_id
    from flows.audit_events
    where table_name = 'invitations' and verb = 'refuse' and row_id = ${rowId}
    order by created_at`)
}
