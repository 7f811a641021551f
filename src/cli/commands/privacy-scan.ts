import { sayCount } from '../../base/say-count.ts'
import { scan } from '../../privacy/scan.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../whole-number.ts'

/** Looks for personal data where none should be. */
export const privacyScan = command({
  name: 'privacy:scan',
  about: 'Look for personal data in every column of text and JSON; tell columns and counts, never values',
  details:
    'It knows e-mail addresses, phone numbers with their country, IBANs, Danish CPR numbers, Dutch BSNs, German tax ids ' +
    'and US social security numbers, by their check digits where they have any, and the names of a list. Nine digits ' +
    'pass the check of a BSN by chance one time in eleven. Exit status 8 if something is found.',
  flags: {
    client: { value: 'code', about: 'only rows of this client' },
    schema: {
      value: 'schema',
      repeat: true,
      about: 'every table of this schema instead of the tables of clients; may be given several times',
    },
    names: { value: 'path', about: 'a file of names to look for, one a line; - reads standard input' },
    sample: { value: 'rows', about: 'about as many rows of each table, drawn at random (all if not given)' },
  },
  examples: ['privacy:scan', 'privacy:scan --client acme --sample 10000 --json'],
  run: async (session, { client, schema, names, sample }) => {
    const list = names === undefined ? [] : (await session.readText(names)).split('\n')
    // As staff first, which refuses a database that does not fit this program.
    await session.database()
    return scan(await session.owner(), {
      clientCode: client,
      schemas: schema,
      names: list,
      sample: sample === undefined ? undefined : wholeNumber(sample, 'sample', 1, 1_000_000_000),
      progress: session.progress,
    })
  },
  say: ({ tables, columns, rows, sampled, findings }, style) => {
    const seen = `${sayCount(rows, 'row')} of ${sayCount(tables, 'table')}, ${sayCount(columns, 'column')}${sampled ? ', a sample' : ''}`
    if (findings.length === 0) return `Nothing found in ${seen}.`
    return [
      style.table([
        ['COLUMN', 'LOOKS LIKE', 'VALUES', 'OF'],
        ...findings.map(({ column, kind, values, of }) => [column, kind, String(values), String(of)]),
      ]),
      '',
      style.red(
        `Found in ${sayCount(new Set(findings.map(({ column }) => column)).size, 'column')}; looked at ${seen}.`,
      ),
    ].join('\n')
  },
  exit: ({ findings }) => (findings.length > 0 ? 8 : 0),
})
