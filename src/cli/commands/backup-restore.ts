import { dirname, resolve } from 'node:path'
import { createBackup } from '../../backup/create-backup.ts'
import { restoreBackup } from '../../backup/restore-backup.ts'
import { verifyBackup } from '../../backup/verify-backup.ts'
import { FlowsError } from '../../base/errors.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { passphraseFile, readPassphrase } from '../passphrase-input.ts'
import { version } from '../version.ts'

const modes = {
  restored: 'is back',
  replaced: 'is what it was',
  cloned: 'is a copy with ids of its own; its pending invitations are revoked',
} as const

/** Brings a client back from a backup. */
export const backupRestore = command({
  name: 'backup:restore',
  about: 'Bring a client back from a backup, put it back to what it was, or make a copy of it',
  details:
    'All or nothing, in one transaction; other clients go on working. The file is verified before anything is ' +
    'changed, and what was written is read back and compared. --replace makes a backup first, beside the file. ' +
    'Whoever was erased since the backup is erased again. Files in the storage bucket are left as they are.',
  arguments: [{ name: 'file', about: 'the backup', required: true }],
  flags: {
    replace: { about: 'put the client back to what it was; what came since then is gone' },
    confirm: { value: 'code', about: 'the code of the client that is replaced, as a guard in scripts' },
    'no-backup': { about: 'with --replace: make no backup first' },
    as: { value: 'code', about: 'make a new client of this code instead, under ids of its own' },
    domain: { value: 'domain', about: 'with --as: the domain of the new client; none if not given' },
    'passphrase-file': passphraseFile,
  },
  examples: [
    'backup:restore backup-acme-2025-01-15.sql --as acme-copy',
    'backup:restore backup-acme-2025-01-15.sql --replace --confirm acme --json',
  ],
  changes: true,
  run: async (session, flags, file) => {
    const { replace, confirm, as, domain } = flags
    if ((replace && as !== undefined) || (domain !== undefined && as === undefined)) {
      throw new FlowsError('USAGE', '--replace and --as exclude each other, and --domain goes with --as', {
        hint: 'See: backup:restore --help',
      })
    }
    const passphrase = await readPassphrase(session, flags['passphrase-file'])
    if (replace && !session.dryRun) {
      const { clientCode, snapshotAt } = await verifyBackup(file, { passphrase })
      const what = `Client ${clientCode} would be put back to ${sayMoment(snapshotAt)}.`
      await session.confirm(clientCode, confirm, what)
    }
    // As staff first, which refuses a database that does not fit this program.
    await session.database()
    const owner = await session.owner()
    let before: string | undefined
    const restored = await restoreBackup(owner, file, {
      replace,
      as,
      domain,
      passphrase,
      settings: session.settings,
      dryRun: session.dryRun,
      progress: session.progress,
      ...(flags['no-backup']
        ? {}
        : {
            beforeReplace: async ({ clientCode, withKeys }) => {
              const folder = dirname(resolve(file))
              const options = { program: version(), folder, passphrase, withKeys, progress: session.progress }
              before = (await createBackup(owner, clientCode, options)).file
            },
          }),
    })
    return { ...restored, backupBefore: before ?? null }
  },
  say: (result) =>
    [
      `Client ${result.clientCode} ${modes[result.mode]}: ${result.rows} rows as of ${sayMoment(result.snapshotAt)}.`,
      ...(result.erasedAgain === 0 ? [] : [`${result.erasedAgain} invitations were erased again.`]),
      ...(result.newKey ? ['It has a new key: names and addresses in tokens from before stay closed.'] : []),
      ...(result.backupBefore === null ? [] : [`As it was before: ${result.backupBefore}`]),
    ].join('\n'),
})
