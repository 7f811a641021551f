import { recordRefusal } from '../audit/record-refusal.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import type { Invitation } from './invitation.ts'
import type { Inviting } from './inviting.ts'
import { insertInvitations, mayIssue } from './issue.queries.ts'
import type { Minted } from './mint-invitation.ts'

/** A new invitation with its token, which exists here and nowhere else: it cannot be shown again. */
export type IssuedInvitation = Invitation & Readonly<{ token: string; url: string }>

/**
 * Keeps minted invitations of one client, in order; `db` is a transaction. Throws INVITATION_RATE_LIMITED where the
 * client's tier allows no more in this hour.
 */
export async function keepMinted(
  db: Database,
  { client, application, authority }: Inviting,
  minted: readonly Minted[],
  { mailed }: { mailed: boolean },
): Promise<IssuedInvitation[]> {
  const { id: clientId, clientCode } = client
  if (!(await mayIssue(db, clientId, minted.length))) {
    throw new FlowsError(
      'INVITATION_RATE_LIMITED',
      'The client has issued as many invitations in this hour as its tier allows',
      {
        hint: `Wait until the next full hour, or choose a larger tier: client:update ${clientCode} --tier <tier>`,
      },
    )
  }
  const createdAt = await insertInvitations(
    db,
    clientId,
    minted.map(({ row }) => row),
    mailed,
  )
  return minted.map(({ row, token }) => ({
    id: row.id,
    invitationCode: row.invitationCode,
    clientCode,
    appCode: application.appCode,
    status: 'pending',
    maxUses: row.maxUses,
    usedCount: 0,
    expiresAt: row.expiresAt,
    createdAt,
    token,
    url: linkTo(client.domain ?? authority.audience, token),
  }))
}

/**
 * Runs the issuing of invitations in a transaction of its own and, where the client's limit refuses it, records that
 * outside: what is recorded in a transaction that is taken back is gone with it.
 */
export async function issuing<Result>(
  db: Database,
  clientCode: string,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  try {
    return await db.transaction(work)
  } catch (error) {
    if (error instanceof FlowsError && error.code === 'INVITATION_RATE_LIMITED') {
      const refusal = { table: 'invitations', rowId: 'none', attempt: 'issue', reason: 'rate_limited' }
      await recordRefusal(db, { clientCode, ...refusal })
    }
    throw error
  }
}

// In the fragment, which browsers keep to themselves: it stands in no server's log and no referrer.
function linkTo(host: string, token: string): string {
  const origin = /^https?:\/\//.test(host) ? host.replace(/\/+$/, '') : `https://${host}`
  return `${origin}/#t=${token}`
}
