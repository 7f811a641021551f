import { createHash } from 'node:crypto'
import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { checkInviter } from '../check-inviter.ts'
import { checkDraft, type InvitationDraft } from '../invitation-draft.ts'
import type { InvitationKeys } from '../invitation-keys.ts'
import { type Inviting, inviting } from '../inviting.ts'
import { issuing, keepMinted } from '../keep-minted.ts'
import { type Minted, mintInvitation } from '../mint-invitation.ts'
import { normalAddress } from '../normal-address.ts'
import type { PersonRow } from './read-people.ts'
import type { ResultFile, RowResult } from './result-file.ts'

/** What all invitations of an import have in common; a row's own permissions are added. */
export type ImportTerms = Omit<InvitationDraft, 'invitee' | 'maxUses'>

/** How an import is run. */
export type ImportOptions = Readonly<{
  results: Pick<ResultFile, 'has' | 'add'>
  /** Rows a transaction; 500 if left out. */
  batch?: number
  /** Told after each batch how many rows have been read. */
  progress?: (rows: number) => void
}>

/** What came of an import; the first hundred refusals are listed. */
export type ImportSummary = Readonly<{
  rows: number
  issued: number
  /** Issued by an earlier run. */
  skipped: number
  refused: number
  refusals: readonly Readonly<{ line: number; reason: string }>[]
}>

/**
 * Issues an invitation for each row, one transaction a batch; a row that cannot stand is refused with its reason and
 * stops nobody else. The results are on the disk before their transaction ends. Throws what createInvitation throws for
 * the whole, such as INVITATION_RATE_LIMITED; what was committed before stays, and the next run goes on behind it.
 */
export async function importInvitations(
  db: Database,
  rows: AsyncIterable<PersonRow>,
  terms: ImportTerms,
  keys: InvitationKeys,
  { results, batch = 500, progress = () => undefined }: ImportOptions,
): Promise<ImportSummary> {
  const seen = new Set<string>()
  const summary = {
    rows: 0,
    issued: 0,
    skipped: 0,
    refused: 0,
    refusals: [] as { line: number; reason: string }[],
  }
  let waiting: (PersonRow & { isDuplicate: boolean })[] = []
  const flush = async () => {
    const part = waiting
    waiting = []
    if (part.length === 0) return
    for (const result of await importBatch(db, part, terms, keys, results)) {
      if (result.status === 'issued') summary.issued += 1
      else {
        summary.refused += 1
        if (summary.refusals.length < 100) summary.refusals.push({ line: result.line, reason: result.reason })
      }
    }
    progress(summary.rows)
  }
  for await (const row of rows) {
    summary.rows += 1
    const isDuplicate = !isFirst(row, seen)
    if (results.has(row)) summary.skipped += 1
    else waiting.push({ ...row, isDuplicate })
    if (waiting.length >= batch) await flush()
  }
  await flush()
  return summary
}

/** Whether this is the first row with its address; a row without one is its own. */
function isFirst({ person }: PersonRow, seen: Set<string>): boolean {
  const address = person?.invitee.companyEmail ?? person?.invitee.privateEmail
  if (address === undefined) return true
  // Digests are all of one length, where a hundred thousand addresses would not be.
  const key = createHash('sha256')
    .update(normalAddress(address) ?? address)
    .digest('base64')
  const isNew = !seen.has(key)
  seen.add(key)
  return isNew
}

async function importBatch(
  db: Database,
  rows: readonly (PersonRow & { isDuplicate: boolean })[],
  terms: ImportTerms,
  keys: InvitationKeys,
  results: Pick<ResultFile, 'add'>,
): Promise<RowResult[]> {
  return issuing(db, terms.clientCode, async (tx) => {
    const host = await inviting(tx, terms, keys)
    const judged: ({ line: number; row: string } & ({ minted: Minted } | { reason: string }))[] = []
    for (const { line, row, person, isDuplicate } of rows) {
      judged.push({
        line,
        row,
        ...(isDuplicate ? { reason: 'duplicate' } : await mintFor(tx, host, person, terms)),
      })
    }
    const minted = judged.flatMap((each) => ('minted' in each ? each.minted : []))
    const issued = minted.length === 0 ? [] : await keepMinted(tx, host, minted, { mailed: false })
    const found = new Map(issued.map((invitation) => [invitation.id, invitation]))
    const outcome = judged.map(({ line, row, ...each }): RowResult => {
      const invitation = 'minted' in each ? found.get(each.minted.row.id) : undefined
      if (invitation === undefined) {
        return { line, row, status: 'refused', reason: 'reason' in each ? each.reason : 'unknown' }
      }
      const { id, invitationCode, expiresAt, token, url } = invitation
      return { line, row, status: 'issued', id, invitationCode, expiresAt, token, url }
    })
    await results.add(outcome)
    return outcome
  })
}

async function mintFor(
  db: Database,
  host: Inviting,
  person: PersonRow['person'],
  terms: ImportTerms,
): Promise<{ minted: Minted } | { reason: string }> {
  if (person === undefined) return { reason: 'malformed' }
  try {
    const permissions = [...(terms.permissions ?? []), ...person.permissions]
    const checked = checkDraft({ ...terms, permissions, invitee: person.invitee }, host.application)
    await checkInviter(db, host.client, checked)
    return { minted: mintInvitation(host, checked) }
  } catch (error) {
    if (error instanceof FlowsError && error.code.startsWith('INVITATION_')) return { reason: error.code }
    throw error
  }
}
