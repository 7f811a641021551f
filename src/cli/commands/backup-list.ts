import { basename } from 'node:path'
import { listBackups } from '../../backup/list-backups.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { readStorage } from '../seal-input.ts'

/** Lists the backups of a folder. */
export const backupList = command({
  name: 'backup:list',
  about: 'List the backups of a folder, newest first',
  details:
    'Only their headers are read; whether a backup is sound, backup:verify says. An encrypted one is dated by its file.',
  arguments: [
    { name: 'folder', about: 'the folder, or bucket:<bucket>/<folder>; the present folder if not given' },
  ],
  flags: { client: { value: 'code', about: 'only backups of this client' } },
  examples: ['backup:list', 'backup:list backups --client acme --json'],
  lists: true,
  run: async (session, { client }, folder = '.') => {
    const backups = await listBackups(folder, { storage: await readStorage(session, folder) })
    return client === undefined ? backups : backups.filter(({ clientCode }) => clientCode === client)
  },
  say: (backups, style) =>
    backups.length === 0
      ? 'There is no backup. Make one with: backup:create --client <code>'
      : style.table([
          ['FILE', 'CLIENT', 'TAKEN', 'BYTES', 'STATE'],
          ...backups.map(({ file, clientCode, snapshotAt, bytes, state }) => [
            basename(file),
            clientCode,
            sayMoment(snapshotAt),
            String(bytes),
            state === 'unreadable' ? style.red(state) : state,
          ]),
        ]),
})
