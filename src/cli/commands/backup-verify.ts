import { verifyBackup } from '../../backup/verify-backup.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { passphraseFile, readPassphrase } from '../passphrase-input.ts'

/** Checks a backup without restoring it. */
export const backupVerify = command({
  name: 'backup:verify',
  about: "Check a backup: its structure, that every row is the client's, and every digest",
  details:
    'Nothing in the file is run. A backup that is not sound is refused with the reason and exit status 8.',
  arguments: [{ name: 'file', about: 'the backup', required: true }],
  flags: { 'passphrase-file': passphraseFile },
  examples: ['backup:verify backup-acme-2025-01-15.sql', 'backup:verify backup-acme-2025-01-15.sql --json'],
  run: async (session, flags, file) => {
    const passphrase = await readPassphrase(session, flags['passphrase-file'])
    return { verdict: 'sound' as const, ...(await verifyBackup(file, { passphrase })) }
  },
  say: (backup, style) =>
    [
      style.green(`Sound: ${backup.file}`),
      `Client ${backup.clientCode} as of ${sayMoment(backup.snapshotAt)}, ${backup.withKeys ? 'with its keys' : 'without keys'}`,
      style.table([
        ['TABLE', 'ROWS', 'SHA-256'],
        ...backup.tables.map(({ schema, table, rows, sha256 }) => [
          `${schema}.${table}`,
          String(rows),
          sha256.slice(0, 16),
        ]),
      ]),
    ].join('\n'),
})
