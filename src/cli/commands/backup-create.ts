import { resolve } from 'node:path'
import { type CreatedBackup, createBackup } from '../../backup/create-backup.ts'
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
      about: 'where the file goes (here if not given); bucket:<bucket>/<folder> is in a storage bucket',
    },
    file: {
      value: 'path',
      about: 'the file itself, instead of a folder; backup:list and --keep know only names of their own',
    },
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
    const { client, all, to = '.', file, gzip, archive, recipient } = flags
    const wanted = [client !== undefined, all, flags.database].filter(Boolean).length
    if (wanted !== 1) {
      throw new FlowsError(
        'USAGE',
        wanted === 0 ? 'Which client?' : 'Only one of --client, --all and --database',
        {
          hint: 'Give either --client <code>, or --all, or --database.',
        },
      )
    }
    refuseBeside(flags)
    if (recipient.length > 0 && flags['passphrase-file'] !== undefined) {
      throw new FlowsError('USAGE', 'A backup is sealed by a passphrase or for recipients, not by both', {
        hint: 'Give either --passphrase-file or --recipient.',
      })
    }
    const place = {
      folder: fullPlace(to),
      storage: await readStorage(session, to),
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
      olderThan: secondsOf('older-than', flags['older-than']),
      keep: secondsOf('keep', flags.keep),
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
    if ('file' in result) return sayCreated(result)
    return [
      ...result.created.map(({ file, rows }) => `${file}  ${style.dim(sayCount(rows, 'row'))}`),
      ...result.deleted.map((file) => style.dim(`deleted  ${file}`)),
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

/** Flags that say nothing beside --file, and a folder without a name. */
function refuseBeside(flags: Readonly<Record<string, unknown>>): void {
  if (flags.to === '') {
    throw new FlowsError('USAGE', '--to names no folder', {
      hint: 'Name one, or leave --to out for the present folder.',
    })
  }
  if (flags.file === undefined) return
  if (flags.to !== undefined) {
    throw new FlowsError('USAGE', '--file names the file, --to a folder for it', {
      hint: 'Give one of the two.',
    })
  }
  if (flags.gzip === true || flags.archive === true) {
    const [flag, kind, ending] =
      flags.gzip === true ? ['--gzip', 'packed', '.gz'] : ['--archive', 'binary', '.fdb']
    throw new FlowsError('USAGE', `${flag} goes with --to`, {
      hint: `For a ${kind} file let the name after --file end in ${ending}.`,
    })
  }
  if (flags.all === true || flags.keep !== undefined || flags['older-than'] !== undefined) {
    throw new FlowsError('USAGE', '--file names one file', {
      hint: 'For --all, --keep and --older-than give a folder with --to.',
    })
  }
}

function secondsOf(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text, flag)
}

const openedBy = {
  none: '',
  passphrase: ' --passphrase-file <path>',
  recipients: ' --identity-file <path>',
} as const

function sayCreated({ file, clientCode, rows, tables, files, bytes, withKeys, seal }: CreatedBackup): string {
  const counts = [
    `${sayCount(rows, 'row')} of ${clientCode} in ${sayCount(tables, 'table')}`,
    ...(files === undefined ? [] : [sayCount(files, 'file')]),
    sayCount(bytes, 'byte'),
  ]
  const what = `${withKeys ? 'With' : 'Without'} keys${seal === 'none' ? '' : ', sealed'}`
  return `${file}\n${counts.join(', ')}\n${what}; check it with: backup:verify ${file}${openedBy[seal]}`
}

function sayCounts({ created, skipped, failed, deleted }: ScheduledBackups): string {
  return (
    `${created.length} backed up, ${skipped.length} fresh enough, ${failed.length} failed; ` +
    `${sayCount(deleted.length, 'old file')} deleted`
  )
}

function sayBegun({ created, skipped }: ScheduledBackups, clients: number): string {
  const fresh = skipped.length === 0 ? '' : `, ${skipped.length} fresh enough`
  return `${created.length} of ${sayCount(clients, 'client')} backed up${fresh}: run it again`
}
