import { execFile } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FlowsError } from '../../base/errors.ts'
import type { Account } from './account.ts'
import { accessConfiguration, type Configuration, serverConfiguration, signature } from './configuration.ts'
import type { Engine } from './engine.ts'
import { startFailure } from './failures.ts'

const run = promisify(execFile)

/** Whether a data folder is there and fit for this engine; throws EMBEDDED_DATA_FOREIGN if it is somebody else's or of another version. */
export function hasCluster(dataFolder: string, engine: Engine): boolean {
  const files = listFiles(dataFolder)
  if (files.length === 0) return false
  if (
    !files.includes('PG_VERSION') ||
    !readFileSync(join(dataFolder, 'postgresql.conf'), 'utf8').startsWith(signature)
  ) {
    throw new FlowsError('EMBEDDED_DATA_FOREIGN', `${dataFolder} was not made by flows-db`, {
      hint: 'Set FLOWS_DB_DIR to another folder, or move that one away.',
    })
  }
  const [made, have] = [
    readFileSync(join(dataFolder, 'PG_VERSION'), 'utf8').trim(),
    engine.version.split('.')[0],
  ]
  if (made === have) return true
  throw new FlowsError(
    'EMBEDDED_DATA_FOREIGN',
    `${dataFolder} was made by PostgreSQL ${made}, and this is ${have}`,
    {
      hint: `Use a release of flows-db with PostgreSQL ${made} to make a backup (backup:create), then begin afresh with: test:reset`,
    },
  )
}

/** Makes a data folder with a superuser supabase_admin: whole, synced to disk and with our configuration, or not at all. */
export async function createCluster(dataFolder: string, engine: Engine, password: string): Promise<void> {
  const draft = `${dataFolder}.new`
  const passwordFile = `${dataFolder}.password`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  give(draft, engine.account)
  writeFileFor(engine.account, passwordFile, password)
  const options = {
    username: 'supabase_admin',
    pwfile: passwordFile,
    auth: 'scram-sha-256',
    encoding: 'UTF8',
    locale: 'C',
    'locale-provider': 'builtin',
    'builtin-locale': 'C.UTF-8',
    'wal-segsize': '4',
  }
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  try {
    await run(engine.initdb, [...flags, draft], { env: engine.environment, cwd: '/', ...engine.account })
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout?: string; stderr?: string }
    throw startFailure('Making the embedded database', `${stdout ?? ''}${stderr ?? ''}`, draft, cause)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  writeFileFor(engine.account, join(draft, 'pg_hba.conf'), accessConfiguration(process.platform !== 'win32'))
  writeFileFor(engine.account, join(draft, 'postgresql.conf'), signature)
  rmSync(dataFolder, { recursive: true, force: true })
  renameSync(draft, dataFolder)
}

/** Writes postgresql.conf anew, so that a newer release's settings hold from its next start. */
export function configureCluster(dataFolder: string, engine: Engine, configuration: Configuration): void {
  writeFileFor(engine.account, join(dataFolder, 'postgresql.conf'), serverConfiguration(configuration))
}

/** Gives the superuser of a stopped cluster a password, where server.json with the old one was lost. */
export async function replacePassword(dataFolder: string, engine: Engine, password: string): Promise<void> {
  const child = run(engine.postgres, ['--single', '-D', dataFolder, 'postgres'], {
    env: engine.environment,
    cwd: dataFolder,
    ...engine.account,
  })
  child.child.stdin?.end(`alter role supabase_admin password '${password}'\n`)
  await child
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function writeFileFor(account: Account | undefined, path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
  give(path, account)
}

function give(path: string, account: Account | undefined): void {
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}
