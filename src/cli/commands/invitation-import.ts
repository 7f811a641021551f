import { FlowsError } from '../../base/errors.ts'
import { importInvitations } from '../../invitations/import/import-invitations.ts'
import { readPeople } from '../../invitations/import/read-people.ts'
import { openResultFile, type ResultFile } from '../../invitations/import/result-file.ts'
import { knownInvitations } from '../../invitations/known-invitations.ts'
import { parseRestrictions } from '../../invitations/restrictions.ts'
import { command, type Session } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { termFlags, termsFrom } from '../invitation-flags.ts'
import { invitationKeys } from '../invitation-keys.ts'
import { issueIn } from '../issue-in.ts'
import { openInput } from '../open-input.ts'
import { wholeNumber } from '../whole-number.ts'

/** Issues an invitation for each person of a list. */
export const invitationImport = command({
  name: 'invitation:import',
  about: 'Issue an invitation for each person of a CSV or JSONL file',
  details:
    'CSV has a heading with the columns fullName, companyEmail, privateEmail and permissions (blanks between them), ' +
    'in any order; JSONL has one object a line with the same names. Tokens are written to the result file only, which ' +
    'nobody else can read. Run it again with the same files to go on where it was cut off, or after refused rows were ' +
    'mended in place. Rows are named by line, never by what stands in them. Exits with 1 if rows were refused.',
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
    const resultFile = session.dryRun ? null : resultPath(path, flags.result)
    const input = await openInput(path)
    const results = await openResults(session, resultFile, flags.client)
    try {
      const progress = (rows: number) => session.progress(`${rows} rows`)
      const options = { results, batch, progress }
      const summary = await issueIn(session, (db) =>
        importInvitations(db, readPeople(input, format), terms, keys, options),
      )
      return { ...summary, resultFile }
    } finally {
      await results.close()
    }
  },
  say: ({ rows, issued, skipped, refused, refusals, resultFile }, style) =>
    [
      `${rows} rows: ${issued} issued, ${skipped} issued before, ${refused} refused.`,
      ...(resultFile === null ? [] : [`The tokens are in ${resultFile}.`]),
      ...(refusals.length === 0
        ? []
        : [
            '',
            style.table([['LINE', 'REFUSED'], ...refusals.map(({ line, reason }) => [String(line), reason])]),
          ]),
    ].join('\n'),
  exit: ({ refused }) => (refused === 0 ? 0 : statusOf.failed),
})

function resultPath(path: string, given: string | undefined): string {
  if (given !== undefined) return given
  if (path !== '-') return `${path}.result.jsonl`
  throw new FlowsError('USAGE', 'Say where the tokens go with --result', {
    hint: 'A list on standard input has no name that a result file could be called after.',
  })
}

async function openResults(session: Session, path: string | null, clientCode: string): Promise<ResultFile> {
  if (path === null) return { has: () => false, add: async () => undefined, close: async () => undefined }
  const db = await session.database()
  return openResultFile(path, (ids) => knownInvitations(db, clientCode, ids))
}
