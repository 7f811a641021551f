import { FlowsError } from '../../base/errors.ts'
import { importInvitations } from '../../invitations/import/import-invitations.ts'
import { readPeople } from '../../invitations/import/read-people.ts'
import { openResultFile, type ResultFile } from '../../invitations/import/result-file.ts'
import type { MailSummary } from '../../invitations/import/row-mails.ts'
import { knownInvitations } from '../../invitations/known-invitations.ts'
import { parseRestrictions } from '../../invitations/restrictions.ts'
import { command, type Session, type Style } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { termFlags, termsFrom } from '../invitation-flags.ts'
import { invitationKeys } from '../invitation-keys.ts'
import { issueIn } from '../issue-in.ts'
import { openInput } from '../open-input.ts'
import { postbox, sendFlag } from '../postbox.ts'
import { wholeNumber } from '../whole-number.ts'

/** Issues an invitation for each person of a list. */
export const invitationImport = command({
  name: 'invitation:import',
  about: 'Issue an invitation for each person of a CSV or JSONL file',
  details:
    'CSV has a heading with the columns fullName, companyEmail, privateEmail and permissions (blanks between them), ' +
    'in any order; JSONL has one object a line with the same names. Tokens are written to the result file only, which ' +
    'nobody else can read. Run it again with the same files to go on where it was cut off, or after refused rows were ' +
    'mended in place. Rows are named by line, never by what stands in them. With --send each link is mailed once its ' +
    'batch is kept: none twice, however often it is run. Mails that failed are named by the code of their invitation: ' +
    'invitation:resend <code> --send. Exits with 1 if rows were refused or mails are not out.',
  arguments: [{ name: 'file', about: 'the list; "-" for standard input', required: true }],
  flags: {
    client: { value: 'code', required: true, about: 'the client that invites' },
    app: { value: 'code', required: true, about: 'the application that the invitations open' },
    permission: { value: 'name', repeat: true, about: 'a permission for all of them' },
    ...termFlags,
    result: { value: 'path', about: 'where the tokens go (<file>.result.jsonl if not given)' },
    format: {
      value: 'format',
      choices: ['csv', 'jsonl'],
      about: "csv or jsonl (by the file's name if not given)",
    },
    send: sendFlag,
    'mails-per-minute': { value: 'number', default: '300', about: 'with --send: at most so many, 1 to 6000' },
    batch: { value: 'number', default: '500', about: 'rows a transaction, 1 to 5000' },
    'as-member': { value: 'id', about: 'invite in the name of this admin of the client (auth.users)' },
  },
  examples: [
    'invitation:import people.csv --client acme --app offboarding --permission offboarding:read',
    'invitation:import people.csv --client acme --app offboarding --dry-run --json',
  ],
  changes: true,
  run: async (session, flags, path) => {
    const keys = invitationKeys(session.settings)
    const format = flags.format ?? (/\.jsonl$/.test(path) ? 'jsonl' : 'csv')
    const batch = wholeNumber(flags.batch, 'batch', 1, 5_000)
    const terms = {
      clientCode: flags.client,
      appCode: flags.app,
      permissions: flags.permission,
      restrictions: parseRestrictions(flags.restriction),
      invitedBy: flags['as-member'],
      ...termsFrom(flags),
    }
    const perMinute = wholeNumber(flags['mails-per-minute'], 'mails-per-minute', 1, 6_000)
    const mails = flags.send ? { post: postbox(session, true), perMinute } : undefined
    const resultFile = session.dryRun ? null : resultPath(path, flags.result)
    const input = await openInput(path)
    const results = await openResults(session, resultFile, flags.client)
    try {
      const progress = (rows: number) => session.progress(`${rows} rows`)
      const options = { results, mails, batch, progress }
      const summary = await issueIn(session, (db) =>
        importInvitations(db, readPeople(input, format), terms, keys, options),
      )
      return { ...summary, resultFile }
    } finally {
      await results.close()
    }
  },
  say: ({ rows, issued, skipped, refused, refusals, mails, resultFile }, style, { dryRun }) =>
    [
      `${rows} rows: ${issued} ${dryRun ? 'would be issued' : 'issued'}, ${skipped} issued before, ${refused} refused.`,
      ...(resultFile === null ? [] : [`The tokens are in ${resultFile}.`]),
      ...(mails === null || dryRun ? [] : sayMails(mails, style)),
      ...(refusals.length === 0
        ? []
        : [
            '',
            style.table([['LINE', 'REFUSED'], ...refusals.map(({ line, reason }) => [String(line), reason])]),
          ]),
    ].join('\n'),
  exit: ({ refused, mails }) =>
    refused + (mails?.failed ?? 0) + (mails?.waiting ?? 0) === 0 ? 0 : statusOf.failed,
})

function sayMails({ sent, failed, waiting, failures }: MailSummary, style: Style): string[] {
  return [
    `${sent} mails sent, ${failed} failed.`,
    ...(waiting === 0
      ? []
      : [style.red(`The mail server does not answer: ${waiting} more wait. Run it again to send them.`)]),
    ...(failures.length === 0
      ? []
      : [
          '',
          style.table([
            ['LINE', 'INVITATION', 'MAIL'],
            ...failures.map(({ line, invitationCode, fault }) => [String(line), invitationCode, fault]),
          ]),
          'Send each again with: invitation:resend <invitation> --send',
        ]),
  ]
}

function resultPath(path: string, given: string | undefined): string {
  if (given !== undefined) return given
  if (path !== '-') return `${path}.result.jsonl`
  throw new FlowsError('USAGE', 'Say where the tokens go with --result', {
    hint: 'A list on standard input has no name that a result file could be called after.',
  })
}

async function openResults(session: Session, path: string | null, clientCode: string): Promise<ResultFile> {
  if (path === null) {
    return {
      issued: () => undefined,
      wasMailed: () => false,
      add: async () => undefined,
      close: async () => undefined,
    }
  }
  const db = await session.database()
  return openResultFile(path, (ids) => knownInvitations(db, clientCode, ids))
}
