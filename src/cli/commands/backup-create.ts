import { resolve } from 'node:path'
import { createBackup } from '../../backup/create-backup.ts'
import { createBackups, type ScheduledBackups } from '../../backup/scheduled-backups.ts'
import { parseDuration } from '../../base/duration.ts'
import { FlowsError } from '../../base/errors.ts'
import { sayCount } from '../../base/say-count.ts'
import { connectStorage } from '../../storage/storage-api.ts'
import { command } from '../command.ts'
import { dumpDatabaseIn, sayDumped } from '../dump-database-in.ts'
import { passphraseFile, readPassphrase } from '../passphrase-input.ts'
import { fullPlace, readStorage } from '../seal-input.ts'
import { version } from '../version.ts'

/** Writes what a client owns into a file. */
export const backupCreate = command({
  name: 'backup:create',
  about: 'Write all rows of one client, as they are at one moment, into a file',
  details:
    'Everybody goes on working meanwhile. The file is named after the client and the day and is plain SQL; --gzip, ' +
    'or a name that ends in .gz or .br, packs it; --archive, or .fdb, makes it binary. It is there whole or not at all, and nothing is written over. ' +
    'Files in the storage bucket are in it only with --with-files. The keys that open names and addresses are left out unless ' +
    '--with-keys is given; even then the master key is needed.',
  flags: {
    client: { value: 'code', about: 'the client; or --all, or --database' },
    all: { about: 'every client, each into a file of its own' },
    database: {
      about: 'the whole database, by pg_dump, for disasters: pg_restore gives back all or nothing',
    },
    to: {
      value: 'folder',
      about: 'where the file goes; bucket:<bucket>/<folder> is in a storage bucket',
      default: '.',
    },
    file: { value: 'path', about: 'the file itself' },
    gzip: { about: 'pack the file' },
    archive: { about: 'binary rows (.fdb) instead of SQL: smaller and faster, but not for psql' },
    'with-files': { about: "with the files in the client's storage bucket" },
    'passphrase-file': passphraseFile,
    recipient: {
      value: 'age1...',
      repeat: true,
      about: 'encrypt for the holder of this public key of age; may be given several times',
    },
    'with-keys': { about: 'with the wrapped keys that open names and addresses' },
    'older-than': {
      value: 'duration',
      about: 'only where the newest whole backup in the folder is older, such as 24h',
    },
    keep: {
      value: 'duration',
      about:
        'then delete backups older than this, but never the newest that is whole; with --all also those of erased clients',
    },
  },
  examples: [
    'backup:create --client acme',
    'backup:create --client acme --to backups --gzip --json',
    'backup:create --all --to backups --older-than 24h --keep 30d',
  ],
  run: async (session, flags) => {
    const { client, all, file, gzip, archive, keep, recipient } = flags
    if ([client !== undefined, all, flags.database].filter(Boolean).length !== 1) {
      throw new FlowsError('USAGE', 'Which client?', {
        hint: 'Give either --client <code>, or --all, or --database.',
      })
    }
    if (
      file !== undefined &&
      (all || gzip || archive || keep !== undefined || flags['older-than'] !== undefined)
    ) {
      throw new FlowsError('USAGE', '--file names one file', {
        hint: 'Say by its ending how it is made (.fdb, .gz, .br); for --all, --keep and --older-than give a folder with --to.',
      })
    }
    if (recipient.length > 0 && flags['passphrase-file'] !== undefined) {
      throw new FlowsError('USAGE', 'A backup is sealed by a passphrase or for recipients, not by both', {
        hint: 'Give either --passphrase-file or --recipient.',
      })
    }
    const place = {
      folder: fullPlace(flags.to),
      storage: await readStorage(session, flags.to),
      file: file === undefined ? undefined : resolve(file),
      passphrase: await readPassphrase(session, flags['passphrase-file']),
      recipients: recipient.length === 0 ? undefined : recipient,
    }
    if (flags.database) {
      refuseForDatabase(flags)
      return dumpDatabaseIn(session, place)
    }
    const options = {
      ...place,
      program: version(),
      withKeys: flags['with-keys'],
      progress: session.progress,
      filesFrom: flags['with-files'] ? await connectStorage(session.settings) : undefined,
      ...(archive ? { archive } : {}),
      ...(gzip ? { compression: 'gzip' as const } : {}),
    }
    const timetable = {
      olderThan: secondsOf(flags['older-than']),
      keep: secondsOf(keep),
    }
    // As staff first, which refuses a database that does not fit this program.
    await session.database()
    const owner = await session.owner()
    const isScheduled = timetable.olderThan !== undefined || timetable.keep !== undefined
    if (client !== undefined && !isScheduled) return createBackup(owner, client, options)
    const codes = client === undefined ? undefined : [client]
    const scheduled = await createBackups(owner, codes, {
      ...options,
      ...timetable,
      begun: (result, clients) => session.ifInterrupted(() => sayBegun(result, clients)),
    })
    for (const { file, message } of scheduled.faulty) session.warn(`${file}: ${message}`)
    return scheduled
  },
  say: (result, style) => {
    if ('pgDump' in result) return sayDumped(result)
    return 'file' in result
      ? `${result.file}\n${result.rows} rows of ${result.clientCode} in ${result.tables} tables${result.files === undefined ? '' : `, ${result.files} files`}, ${result.bytes} bytes`
      : [
          ...result.created.map(({ file, rows }) => `${file}  ${style.dim(`${rows} rows`)}`),
          ...result.failed.map(({ clientCode, message }) => style.red(`${clientCode}: ${message}`)),
          sayCounts(result),
        ].join('\n')
  },
  exit: (result) => ('failed' in result && result.failed.length > 0 ? 1 : 0),
})

function refuseForDatabase(flags: Readonly<Record<string, unknown>>): void {
  const others = ['gzip', 'archive', 'with-files', 'with-keys', 'older-than', 'keep']
  const given = others.find((name) => flags[name] !== undefined && flags[name] !== false)
  if (given === undefined) return
  throw new FlowsError(
    'USAGE',
    `--database has all of it, in pg_dump's own format: --${given} is for clients`,
    {
      hint: 'With --database go --to, --file, --passphrase-file and --recipient.',
    },
  )
}

function secondsOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text)
}

function sayBegun({ created, skipped }: ScheduledBackups, clients: number): string {
  const fresh = skipped.length === 0 ? '' : `, ${skipped.length} fresh enough`
  return `${created.length} of ${sayCount(clients, 'client')} backed up${fresh}: run it again`
}

function sayCounts({ created, skipped, failed, deleted }: ScheduledBackups): string {
  return (
    `${created.length} backed up, ${skipped.length} fresh enough, ${failed.length} failed; ` +
    `${deleted.length} old files deleted`
  )
}
