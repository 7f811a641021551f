import { resolve } from 'node:path'
import { FlowsError } from '../../base/errors.ts'
import { sayCount } from '../../base/say-count.ts'
import { exportClient } from '../../privacy/export-client.ts'
import { command } from '../command.ts'
import { pathOf } from '../path-flag.ts'

/** Writes what a client owns into a zip of JSON and CSV. */
export const privacyExport = command({
  name: 'privacy:export',
  about: 'Write all data of one client into a zip of JSON and CSV files, with a README that explains them',
  details:
    'For the right to data portability (GDPR, article 20). Every table of the catalogue whose rows carry the client, as ' +
    'they are at one moment; everybody goes on working meanwhile. No key, salt or hash is in it. The zip is there whole ' +
    'or not at all, only its owner may read it, and nothing is written over.',
  flags: {
    client: { value: 'code', required: true, about: 'the client' },
    to: { value: 'folder', about: 'where export-<client>-<day>.zip goes (here if not given)' },
    file: { value: 'path', about: 'the file itself, instead of a folder' },
  },
  examples: ['privacy:export --client acme', 'privacy:export --client acme --to exports --json'],
  changes: true,
  run: async (session, { client, to, file }) => {
    if (to !== undefined && file !== undefined) {
      throw new FlowsError('USAGE', '--file names the file, --to a folder for it', {
        hint: 'Give one of the two.',
      })
    }
    // As staff first, which refuses a database that does not fit this program.
    await session.database()
    return exportClient(await session.owner(), client, {
      folder: pathOf('to', to) ?? resolve('.'),
      file: pathOf('file', file),
      dryRun: session.dryRun,
      progress: session.progress,
    })
  },
  say: ({ file, clientCode, parts, rows, bytes }, style) =>
    [
      file === null
        ? `The export of ${clientCode} would have ${sayCount(rows, 'row')}.`
        : `${file}\n${sayCount(rows, 'row')} of ${clientCode} in ${sayCount(parts.length, 'part')}, ${sayCount(bytes ?? 0, 'byte')}`,
      style.table([
        ['PART', 'ROWS'],
        ...parts.filter((part) => part.rows > 0).map((part) => [part.name, String(part.rows)]),
      ]),
    ].join('\n'),
})
