import { relative } from 'node:path'
import { isBucketAddress } from '../../backup/bucket-address.ts'
import { listBackups } from '../../backup/list-backups.ts'
import { FlowsError } from '../../base/errors.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { fullPlace, readStorage } from '../seal-input.ts'

/** Lists the backups of a folder. */
export const backupList = command({
  name: 'backup:list',
  about: 'List the backups of a folder, newest first',
  details:
    'Only files are listed that are named backup-<client>-<day>, or before-restore-<client>-<day>, with the endings that ' +
    'backup:create gives; what was named by --file is not. Only their headers are read; whether a backup is sound, ' +
    'backup:verify says. An encrypted one is dated by its file: copy it with its time (cp -p).',
  arguments: [
    { name: 'folder', about: 'the folder, or bucket:<bucket>/<folder>; the present folder if not given' },
  ],
  flags: { client: { value: 'code', about: 'only backups of this client' } },
  examples: ['backup:list', 'backup:list backups --client acme --json'],
  lists: true,
  run: async (session, { client }, folder = '.') => {
    const backups = await listBackups(fullPlace(folder), { storage: await readStorage(session, folder) })
    if (client === undefined) return backups
    const own = backups.filter(({ clientCode }) => clientCode === client)
    if (own.length > 0) return own
    throw new FlowsError(
      'BACKUP_NOT_FOUND',
      `There is no backup of client "${client}" in ${fullPlace(folder)}`,
      {
        hint: 'See what there is with backup:list <folder>; a file that was named by --file is not listed.',
      },
    )
  },
  say: (backups, style) =>
    backups.length === 0
      ? 'There is no file named backup-<client>-<day> here. Make one with: backup:create --client <code>'
      : style.table([
          ['FILE', 'CLIENT', 'TAKEN', 'BYTES', 'STATE'],
          ...backups.map(({ file, clientCode, snapshotAt, bytes, state }) => [
            isBucketAddress(file) ? file : relative('', file),
            clientCode,
            sayMoment(snapshotAt),
            String(bytes),
            state === 'unreadable' ? style.red(state) : state,
          ]),
        ]),
})
