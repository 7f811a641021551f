import { restoreBackup } from '../../backup/restore-backup.ts'
import { restoreFiles } from '../../backup/restore-files.ts'
import { verifyBackup } from '../../backup/verify-backup.ts'
import type { LostRows } from '../../backup/what-is-lost.ts'
import { FlowsError } from '../../base/errors.ts'
import { sayCount } from '../../base/say-count.ts'
import { clearErased } from '../../privacy/clear-erased.ts'
import { connectStorage } from '../../storage/storage-api.ts'
import { backUpFirst } from '../back-up-first.ts'
import { command } from '../command.ts'
import { sayMoment } from '../moments.ts'
import { openingFlags, readOpening } from '../seal-input.ts'

const modes = {
  restored: { done: 'is back', tried: 'would be back' },
  replaced: { done: 'is what it was', tried: 'would be what it was' },
  cloned: {
    done: 'is a copy with ids, key and trail of its own; its pending invitations are revoked',
    tried: 'would be a copy with ids, key and trail of its own, its pending invitations revoked',
  },
} as const

/** Brings a client back from a backup. */
export const backupRestore = command({
  name: 'backup:restore',
  about: 'Bring a client back from a backup, put it back to what it was, or make a copy of it',
  details:
    'All or nothing, in one transaction; other clients go on working. The file is verified before anything is ' +
    'changed, and what was written is read back and compared. --replace makes a backup first, before-restore-<client>-<day>.sql beside the file. ' +
    'With --dry-run it says what of the client would be gone. Whoever was erased since the backup is erased again. Files in the storage bucket are left as they are, unless ' +
    '--with-files writes those of the backup over them, once the rows are there; --only-files does that alone.',
  arguments: [{ name: 'file', about: 'the backup', required: true }],
  flags: {
    replace: { about: 'put the client back to what it was; what came since then is gone' },
    confirm: { value: 'code', about: 'the code of the client that is replaced, as a guard in scripts' },
    'no-backup': { about: 'with --replace: make no backup first' },
    as: { value: 'code', about: 'make a new client of this code instead, under ids of its own' },
    erased: {
      about: 'of a client that was erased since: its rows, but no keys and no invitation that holds',
    },
    'with-files': { about: 'write the files of the backup into the bucket, too' },
    'only-files': { about: 'write the files and change no row; --as names the client if it is another' },
    domain: { value: 'domain', about: 'with --as: the domain of the new client; none if not given' },
    ...openingFlags,
  },
  examples: [
    'backup:restore backup-acme-2025-01-15.sql --as acme-copy',
    'backup:restore backup-acme-2025-01-15.sql --replace --confirm acme --json',
  ],
  changes: true,
  run: async (session, flags, file) => {
    const { replace, confirm, as, domain, erased } = flags
    if ((replace && as !== undefined) || (domain !== undefined && as === undefined)) {
      throw new FlowsError('USAGE', '--replace and --as exclude each other, and --domain goes with --as', {
        hint: 'See: backup:restore --help',
      })
    }
    const opening = await readOpening(session, file, flags)
    if (flags['only-files']) {
      const others = ['replace', 'no-backup', 'with-files', 'domain'] as const
      if (others.some((name) => flags[name] !== false && flags[name] !== undefined) || session.dryRun) {
        throw new FlowsError('USAGE', '--only-files goes with --as and no other way to restore', {
          hint: 'See: backup:restore --help',
        })
      }
      const storage = await connectStorage(session.settings)
      const { progress } = session
      const options = { ...opening, clientCode: as, erased, progress }
      return restoreFiles(await session.database(), storage, file, options)
    }
    if (replace && !session.dryRun) {
      const { clientCode, snapshotAt } = await verifyBackup(file, opening)
      const what = `Client ${clientCode} would be put back to ${sayMoment(snapshotAt)}.`
      await session.confirm(clientCode, confirm, what)
    }
    // As staff first, which refuses a database that does not fit this program.
    await session.database()
    const owner = await session.owner()
    let before: string | undefined
    session.ifInterrupted(() => {
      if (flags['with-files']) return 'look whether the rows are back; files may be missing: run it again'
      return `nothing was changed${before === undefined ? '' : `; as it is: ${before}`}`
    })
    const restored = await restoreBackup(owner, file, {
      replace,
      as,
      domain,
      erased,
      ...opening,
      settings: session.settings,
      dryRun: session.dryRun,
      progress: session.progress,
      filesTo: flags['with-files'] ? await connectStorage(session.settings) : undefined,
      ...(flags['no-backup']
        ? {}
        : {
            beforeReplace: async (header) => {
              before = await backUpFirst(session, file, opening, header)
            },
          }),
    })
    session.ifInterrupted(() => `client ${restored.clientCode} ${modes[restored.mode].done}`)
    if (restored.erasedAgain > 0 && !session.dryRun) await clearErased(owner)
    return { ...restored, backupBefore: before ?? null }
  },
  say: (result, _, { dryRun }) => {
    if ('count' in result) {
      return `${sayCount(result.count, 'file')} of client ${result.clientCode} ${result.count === 1 ? 'is' : 'are'} in its bucket.`
    }
    const { clientCode, mode, rows, snapshotAt, erasedAgain, newKey, files, backupBefore, lost } = result
    const was = erasedAgain === 1 ? 'was' : 'were'
    return [
      `Client ${clientCode} ${modes[mode][dryRun ? 'tried' : 'done']}: ${sayCount(rows, 'row')}${mode === 'cloned' ? ' taken over,' : ''} as of ${sayMoment(snapshotAt)}.`,
      ...(lost === undefined ? [] : sayLost(lost)),
      ...(erasedAgain === 0
        ? []
        : [`${sayCount(erasedAgain, 'invitation')} ${dryRun ? 'would be' : was} erased again.`]),
      ...(newKey
        ? [
            `It ${dryRun ? 'would have' : 'has'} a new key: names and addresses in tokens from before stay closed.`,
          ]
        : []),
      ...(files === undefined
        ? []
        : [`${sayCount(files, 'file')} ${files === 1 ? 'is' : 'are'} in its bucket.`]),
      ...(backupBefore === null ? [] : [`As it was before: ${backupBefore}`]),
    ].join('\n')
  },
})

/** What a replacement would cost, table by table. */
function sayLost(lost: readonly LostRows[]): string[] {
  const among = (what: 'gone' | 'changed') =>
    lost.flatMap((rows) => (rows[what] === 0 ? [] : [`${rows.table} ${rows[what]}`])).join(', ')
  const [gone, changed] = [among('gone'), among('changed')]
  return [
    gone === ''
      ? 'Nothing came since then that would be gone.'
      : `Gone would be, of what came since then: ${gone}`,
    ...(changed === '' ? [] : [`Put back would be, of what changed since then: ${changed}`]),
  ]
}
