import type { Client } from '../clients/client.ts'
import { connect } from '../database/connect.ts'
import { ensureEmbedded } from '../database/embedded/ensure-embedded.ts'
import { existingRows, visibleRows } from '../isolation/visible-rows.ts'
import { accessTokenClaims } from '../members/access-token-claims.ts'
import type { Session } from './command.ts'

/** What a member of the first client sees over every client-owned table; null where it may not read at all. */
export type MemberView = {
  tables: { table: string; own: number | null; foreign: number | null; existing: number }[]
  /** Rows of the second client that came out, over all tables. */
  foreignRows: number
}

/** Signs in as a member of the first client, as PostgREST would, and counts what comes out of both clients. */
export async function viewAsMember(
  session: Session,
  userId: string,
  [own, foreign]: readonly Client[],
): Promise<MemberView> {
  if (own === undefined || foreign === undefined) throw new Error('Two clients are needed for a view')
  const { authenticatorUrl } = await ensureEmbedded({ folder: session.settings.embeddedFolder })
  const owner = await session.owner()
  const claims = await accessTokenClaims(owner, userId)
  const gateway = await connect(authenticatorUrl)
  try {
    const actor = { role: 'authenticated', claims }
    const seen = await visibleRows(gateway, actor, { own: own.id, foreign: foreign.id })
    const existing = await existingRows(owner, foreign.id)
    const tables = seen.map(({ table, ...rows }) => ({
      table,
      own: rows.own ?? null,
      foreign: rows.foreign ?? null,
      existing: existing.get(table) ?? 0,
    }))
    return { tables, foreignRows: tables.reduce((sum, { foreign }) => sum + (foreign ?? 0), 0) }
  } finally {
    await gateway.close()
  }
}
