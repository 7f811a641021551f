import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** A new invitation with what proves and opens its token. */
export type InvitationRow = {
  id: string
  appId: string
  invitationCode: string
  permissions: readonly string[]
  maxUses: number
  keyEpoch: number
  signingKid: string
  expiresAt: Date
  notBefore: Date | null
  restrictionNames: readonly string[]
  invitedBy: string | null
  tokenHash: Buffer
  piiSalt: Buffer
}

/**
 * Keeps invitations of one client and their secrets, in one statement so that neither is ever without the other, and
 * gives the moment. Those that a mail follows are noted as such.
 */
export async function insertInvitations(
  db: Database,
  clientId: string,
  rows: readonly InvitationRow[],
  mailed: boolean,
): Promise<Date> {
  const json = JSON.stringify(
    rows.map((row) => ({
      ...row,
      tokenHash: `\\x${row.tokenHash.toString('hex')}`,
      piiSalt: `\\x${row.piiSalt.toString('hex')}`,
    })),
  )
  const { createdAt } = await db.one<{ createdAt: Date }>(sql`
    with given as (
      select * from jsonb_to_recordset(${json}::jsonb) as given (
        "id" uuid, "appId" uuid, "invitationCode" text, "permissions" text[], "maxUses" integer, "keyEpoch" integer,
        "signingKid" text, "expiresAt" timestamptz, "notBefore" timestamptz, "restrictionNames" text[],
        "invitedBy" uuid, "tokenHash" bytea, "piiSalt" bytea)
    ), invitations as (
      insert into flows.invitations
        (client_id, id, app_id, invitation_code, permissions, max_uses, key_epoch, expires_at, not_before,
          restriction_names, invited_by, delivery)
      select ${clientId}::uuid, "id", "appId", "invitationCode", "permissions", "maxUses", "keyEpoch", "expiresAt",
        "notBefore", "restrictionNames", "invitedBy", case when ${mailed}::boolean then 'pending' end
      from given
      returning client_id, id, created_at
    ), secrets as (
      insert into flows_private.invitation_secrets (client_id, invitation_id, token_hash, pii_salt, signing_kid)
      select i.client_id, i.id, "tokenHash", "piiSalt", "signingKid"
      from invitations i join given on given."id" = i.id
    )
    select max(created_at) as created_at from invitations`)
  return createdAt
}

/** Counts new invitations of a client; false where its tier allows no more of them in this hour. */
export async function mayIssue(db: Database, clientId: string, count: number): Promise<boolean> {
  const { allowed } = await db.one<{ allowed: boolean }>(
    sql`select flows_private.may_issue(${clientId}, ${count}) as allowed`,
  )
  return allowed
}
