import { createHash } from 'node:crypto'
import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { checkInviter } from '../check-inviter.ts'
import { addressee } from '../deliver.ts'
import { checkDraft, type InvitationDraft } from '../invitation-draft.ts'
import type { InvitationKeys } from '../invitation-keys.ts'
import { type Inviting, inviting } from '../inviting.ts'
import { issuing, keepMinted } from '../keep-minted.ts'
import { type Minted, mintInvitation } from '../mint-invitation.ts'
import { normalAddress } from '../normal-address.ts'
import type { PersonRow } from './read-people.ts'
import type { ResultFile, RowResult } from './result-file.ts'
import { type MailOptions, type MailSummary, rowMails } from './row-mails.ts'

/** What all invitations of an import have in common; a row's own permissions are added. */
export type ImportTerms = Omit<InvitationDraft, 'invitee' | 'maxUses'>

/** How an import is run. */
export type ImportOptions = Readonly<{
  results: Pick<ResultFile, 'issued' | 'wasMailed' | 'add'>
  /** Mails each link once its batch is kept, also those that an earlier run issued and did not try; none if left out. */
  mails?: MailOptions | undefined
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
  /** Null where no mails were asked for. */
  mails: MailSummary | null
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
  { results, mails, batch = 500, progress = () => undefined }: ImportOptions,
): Promise<ImportSummary> {
  const seen = new Set<string>()
  const post = mails && rowMails(db, terms, results, mails)
  const summary = {
    rows: 0,
    issued: 0,
    skipped: 0,
    refused: 0,
    refusals: [] as { line: number; reason: string }[],
    mails: post?.summary ?? null,
  }
  let waiting: (PersonRow & { isDuplicate: boolean })[] = []
  const flush = async () => {
    const part = waiting
    waiting = []
    if (part.length === 0) return
    const outcomes = await importBatch(db, part, terms, keys, { results, mails })
    for (const result of outcomes) {
      if (result.status === 'issued') summary.issued += 1
      else {
        summary.refused += 1
        if (summary.refusals.length < 100) summary.refusals.push({ line: result.line, reason: result.reason })
      }
    }
    progress(summary.rows)
    for (const [index, result] of outcomes.entries()) {
      if (result.status === 'issued') await post?.send(part[index] as PersonRow, result)
    }
  }
  for await (const row of rows) {
    summary.rows += 1
    const isDuplicate = !isFirst(row, seen)
    const before = results.issued(row)
    if (before === undefined) waiting.push({ ...row, isDuplicate })
    else {
      summary.skipped += 1
      await post?.send(row, before)
    }
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

type BatchResult = Extract<RowResult, { status: 'issued' | 'refused' }>

async function importBatch(
  db: Database,
  rows: readonly (PersonRow & { isDuplicate: boolean })[],
  terms: ImportTerms,
  keys: InvitationKeys,
  { results, mails }: Pick<ImportOptions, 'results' | 'mails'>,
): Promise<BatchResult[]> {
  return issuing(db, terms.clientCode, async (tx) => {
    const host = await inviting(tx, terms, keys)
    const judged: ({ line: number; row: string } & ({ minted: Minted } | { reason: string }))[] = []
    for (const { line, row, person, isDuplicate } of rows) {
      judged.push({
        line,
        row,
        ...(isDuplicate ? { reason: 'duplicate' } : await mintFor(tx, host, person, terms, mails)),
      })
    }
    const minted = judged.flatMap((each) => ('minted' in each ? each.minted : []))
    const issued =
      minted.length === 0 ? [] : await keepMinted(tx, host, minted, { mailed: mails?.post !== undefined })
    const found = new Map(issued.map((invitation) => [invitation.id, invitation]))
    const outcome = judged.map(({ line, row, ...each }): BatchResult => {
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
  mails: MailOptions | undefined,
): Promise<{ minted: Minted } | { reason: string }> {
  if (person === undefined) return { reason: 'malformed' }
  try {
    const permissions = [...(terms.permissions ?? []), ...person.permissions]
    const checked = checkDraft({ ...terms, permissions, invitee: person.invitee }, host.application)
    await checkInviter(db, host.client, checked)
    if (mails !== undefined) addressee(checked.invitee)
    return { minted: mintInvitation(host, checked) }
  } catch (error) {
    if (error instanceof FlowsError && error.code.startsWith('INVITATION_')) return { reason: error.code }
    throw error
  }
}
