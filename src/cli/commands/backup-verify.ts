import { restoreBackup } from '../../backup/restore-backup.ts'
import { verifyBackup } from '../../backup/verify-backup.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { openingFlags, readOpening } from '../seal-input.ts'

/** Checks a backup without touching any client. */
export const backupVerify = command({
  name: 'backup:verify',
  about: "Check a backup: its structure, that every row is the client's, and every digest",
  details:
    'Nothing in the file is run. With --deep it is also restored, into a database of the embedded server that is ' +
    'gone afterwards. A backup that is not sound is refused with the reason and exit status 8.',
  arguments: [{ name: 'file', about: 'the backup', required: true }],
  flags: {
    deep: { about: 'restore it too, into a scratch database of the embedded server' },
    ...openingFlags,
  },
  examples: [
    'backup:verify backup-acme-2025-01-15.sql',
    'backup:verify backup-acme-2025-01-15.sql --deep --json',
  ],
  run: async (session, flags, file) => {
    const opening = await readOpening(session, file, flags)
    const verified = await verifyBackup(file, opening)
    if (flags.deep) {
      const { withScratchDatabase } = await import('../../database/embedded/scratch-database.ts')
      const { settings, progress } = session
      progress('Setting up a scratch database')
      await withScratchDatabase(settings, (db) => restoreBackup(db, file, { ...opening, settings, progress }))
    }
    return { verdict: 'sound' as const, restored: flags.deep, ...verified }
  },
  say: (backup, style) =>
    [
      style.green(`Sound${backup.restored ? ', and restored once' : ''}: ${backup.file}`),
      `Client ${backup.clientCode} as of ${sayMoment(backup.snapshotAt)}, ${backup.withKeys ? 'with its keys' : 'without keys'}`,
      ...(backup.files === undefined
        ? []
        : [`${backup.files.count} files of its bucket, ${backup.files.bytes} bytes`]),
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
