import { applicationByCode } from '../../applications/find-application.ts'
import { pause, ticks } from '../../base/clock.ts'
import { activeClientByCode } from '../../clients/find-client.ts'
import type { MailFault } from '../../clients/mail.ts'
import type { Database } from '../../database/database.ts'
import { deliver } from '../deliver.ts'
import { isUnsent } from '../delivery.queries.ts'
import type { Post } from '../invitation-keys.ts'
import type { Letter } from '../invitation-mail.ts'
import { checkInvitee } from '../invitee.ts'
import type { PersonRow } from './read-people.ts'
import type { IssuedRow, ResultFile } from './result-file.ts'

/** How the links of an import are mailed. */
export type MailOptions = Readonly<{
  /** None where nothing is sent, as in a dry run; rows without an address are refused all the same. */
  post: Post | undefined
  /** At most so many mails a minute. */
  perMinute: number
}>

/** What came of the mails of an import; the first hundred failures are listed. */
export type MailSummary = Readonly<{
  sent: number
  failed: number
  /** Not tried, because the mail server did not answer any more: the next run goes on with them. */
  waiting: number
  failures: readonly Readonly<{ line: number; invitationCode: string; fault: MailFault }>[]
}>

/** Mails links row by row. */
export type RowMails = Readonly<{
  summary: MailSummary
  send(row: PersonRow, issued: IssuedRow): Promise<void>
}>

// So many mails in a row that no server took: it is down, and would be so for the other 10,000.
const mostUnanswered = 3

/**
 * Mails the links of an import, one after the other, each at most once over all runs: that one is tried is on the disk
 * before it is, and one whose outcome was never learned is not tried again. Invitations that have ended meanwhile, or
 * were sent again, are passed over.
 */
export function rowMails(
  db: Database,
  { clientCode, appCode }: Readonly<{ clientCode: string; appCode: string }>,
  results: Pick<ResultFile, 'add' | 'wasMailed'>,
  { post, perMinute }: MailOptions,
): RowMails {
  const summary = { sent: 0, failed: 0, waiting: 0, failures: [] as MailSummary['failures'][number][] }
  let host: Letter['host'] | undefined
  let unanswered = 0
  let next = ticks()
  const send = async ({ line, row, person }: PersonRow, issued: IssuedRow) => {
    if (post === undefined || person === undefined || results.wasMailed({ line, row })) return
    const { id, invitationCode } = issued
    if (!(await isUnsent(db, clientCode, id))) return
    if (unanswered >= mostUnanswered) {
      summary.waiting += 1
      return
    }
    host ??= await findHost(db, clientCode, appCode)
    await pause(Math.max(0, next - ticks()))
    next = ticks() + 60_000 / perMinute
    await results.add([{ line, row, status: 'sending', id, invitationCode }])
    const invitee = checkInvitee(person.invitee)
    const letter: Letter = { issued: { ...issued, clientCode }, host, invitee, kind: 'invitation' }
    const { deliveryFault: fault } = await deliver(db, letter, post)
    unanswered = fault === null || fault === 'refused' || fault === 'deferred' ? 0 : unanswered + 1
    if (fault === null) {
      summary.sent += 1
      await results.add([{ line, row, status: 'sent', id, invitationCode }])
    } else {
      summary.failed += 1
      if (summary.failures.length < 100) summary.failures.push({ line, invitationCode, fault })
      await results.add([{ line, row, status: 'failed', id, invitationCode, fault }])
    }
  }
  return { summary, send }
}

async function findHost(db: Database, clientCode: string, appCode: string): Promise<Letter['host']> {
  const client = await activeClientByCode(db, clientCode)
  return { client, application: await applicationByCode(db, client.id, appCode) }
}
