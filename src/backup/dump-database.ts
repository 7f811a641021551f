import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { now } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { detectPlatform } from '../database/platform/platform.ts'
import { placeOf } from './backup-place.ts'
import type { CreateBackupOptions } from './create-backup.ts'
import { selectServerVersion } from './dump-database.queries.ts'
import { checkSealing, closed, sealEnding, sealOf } from './seal.ts'

/** Where the dump goes and how it is sealed. */
export type DumpOptions = Pick<
  CreateBackupOptions,
  'folder' | 'file' | 'storage' | 'passphrase' | 'recipients'
> & {
  /** The pg_dump to run; the one on the path if not given. */
  program?: string
}

/** A dump that was written; `supabase` if the project also has the backups that Supabase makes of it. */
export type DumpedDatabase = {
  file: string
  bytes: number
  pgDump: number
  server: number
  supabase: boolean
}

/**
 * Writes the whole database by pg_dump, in its custom format, for pg_restore: for disasters, since it gives back all
 * clients or none. `db` and `url` lead to the same database. Throws PG_DUMP_MISSING, PG_DUMP_TOO_OLD, PG_DUMP_FAILED,
 * or as createBackup does for files.
 */
export async function dumpDatabase(db: Database, url: string, options: DumpOptions): Promise<DumpedDatabase> {
  const { folder, file, storage, program = 'pg_dump' } = options
  await checkSealing(options)
  const supabase = (await detectPlatform(db)) === 'supabase'
  const { major: server } = await selectServerVersion(db)
  const pgDump = await majorOf(program, server, supabase)
  if (pgDump < server) throw tooOld(pgDump, server, supabase)
  const name = `database-${now().toISOString().slice(0, 10)}.dump${sealEnding(sealOf(options))}`
  const turns = Array.from({ length: 1_000 }, (_, turn) =>
    turn === 0 ? name : name.replace('.dump', `-${turn + 1}.dump`),
  )
  const place = placeOf(file === undefined ? folder : dirname(file), storage)
  const { path, bytes } = await place.write(
    file === undefined ? turns : [basename(file)],
    closed(dumped(program, url), options),
  )
  return { file: path, bytes, pgDump, server, supabase }
}

/** The password goes by a file that only its owner may read: arguments and environments are seen by others. */
async function* dumped(program: string, url: string): AsyncGenerator<Buffer, void> {
  const folder = await mkdtemp(join(tmpdir(), 'flows-db-'))
  try {
    const address = new URL(url)
    const given = address.searchParams.get('password') ?? decodeURIComponent(address.password)
    const password = given.replace(/[\\:]/g, '\\$&')
    const passfile = join(folder, 'pgpass')
    await writeFile(passfile, `*:*:*:*:${password}\n`, { mode: 0o600 })
    address.password = ''
    address.searchParams.delete('password')
    address.searchParams.set('passfile', passfile)
    yield* outputOf(program, ['--format=custom', '--compress=1', '--no-password', `--dbname=${address.href}`])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function* outputOf(program: string, args: readonly string[]): AsyncGenerator<Buffer, void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  await once(child, 'spawn')
  const ended = once(child, 'close')
  const said = text(child.stderr)
  try {
    yield* child.stdout as AsyncIterable<Buffer>
    const [status] = await ended
    if (status === 0) return
    throw new FlowsError('PG_DUMP_FAILED', `pg_dump ended with status ${status}`, {
      hint: 'No file was written. --debug shows what it said.',
      cause: new Error(await said),
    })
  } finally {
    child.kill()
  }
}

async function majorOf(program: string, server: number, supabase: boolean): Promise<number> {
  let said = ''
  try {
    for await (const chunk of outputOf(program, ['--version'])) said += chunk.toString()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new FlowsError('PG_DUMP_MISSING', 'There is no pg_dump on this machine', {
      hint: nextStep(server, supabase),
      cause,
    })
  }
  const [, major] = /pg_dump \(PostgreSQL\) (\d+)/.exec(said) ?? []
  if (major === undefined) throw new Error(`${program} is not pg_dump: ${said}`)
  return Number(major)
}

function tooOld(pgDump: number, server: number, supabase: boolean): FlowsError {
  return new FlowsError(
    'PG_DUMP_TOO_OLD',
    `pg_dump ${pgDump} cannot dump a server of version ${server}, which is newer`,
    { hint: nextStep(server, supabase) },
  )
}

function nextStep(server: number, supabase: boolean): string {
  const install = `Install the client programs of PostgreSQL ${server}. A client alone needs none: backup:create --all`
  return supabase
    ? `Supabase makes backups of the whole project: see Database, Backups in its dashboard. ${install}`
    : install
}
