import type { Opening } from '../../backup/backup-source.ts'
import { tryRestore } from '../../backup/try-restore.ts'
import { verifyBackup } from '../../backup/verify-backup.ts'
import { FlowsError } from '../../base/errors.ts'
import { sayCount } from '../../base/say-count.ts'
import { command, type Session } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { openingFlags, readOpening } from '../seal-input.ts'

/** Checks a backup without touching any client. */
export const backupVerify = command({
  name: 'backup:verify',
  about: "Check a backup: its structure, that every row is the client's, and every digest",
  details:
    'Nothing in the file is run. With --deep it is also restored, into a database of the embedded server that is ' +
    'gone afterwards; what only your own database has is tried without its constraints, and named. A backup that is not sound is refused with the reason and exit status 8.',
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
    try {
      const verified = await verifyBackup(file, opening)
      const unconstrained = flags.deep ? await restoreOnce(session, file, opening) : []
      return { verdict: 'sound' as const, restored: flags.deep, unconstrained, ...verified }
    } catch (error) {
      throw naming(file, error)
    }
  },
  say: (backup, style) =>
    [
      style.green(`Sound${backup.restored ? ', and restored once' : ''}: ${backup.file}`),
      `Client ${backup.clientCode} as of ${sayMoment(backup.snapshotAt)}, ${backup.withKeys ? 'with its keys' : 'without keys'}`,
      ...(backup.unconstrained.length === 0
        ? []
        : [
            `Tried without constraints, which only your own database has: ${backup.unconstrained.join(', ')}`,
          ]),
      ...(backup.files === undefined
        ? []
        : [`${sayCount(backup.files.count, 'file')} of its bucket, ${sayCount(backup.files.bytes, 'byte')}`]),
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

async function restoreOnce(
  { settings, progress }: Session,
  file: string,
  opening: Opening,
): Promise<readonly string[]> {
  const { withScratchDatabase } = await import('../../database/embedded/scratch-database.ts')
  progress('Setting up a scratch database')
  const trial = await withScratchDatabase(settings, (db) =>
    tryRestore(db, file, { ...opening, settings, progress }),
  )
  return trial.unconstrained
}

/** Puts the file in front of what is wrong with it: whoever looks at many must see which. */
function naming(file: string, error: unknown): unknown {
  if (!(error instanceof FlowsError && /^(BACKUP|KEY)_/.test(error.code))) return error
  const { code, message, hint, cause } = error
  return new FlowsError(code, `${file}: ${message}`, { ...(hint === undefined ? {} : { hint }), cause })
}
