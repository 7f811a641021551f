import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { accessConfiguration, signature } from './configuration.ts'
import type { Engine } from './engine.ts'
import { startFailure } from './failures.ts'
import { give, renameForGood, writeFileFor } from './owned-files.ts'

const run = promisify(execFile)

const flags = [
  '--username=supabase_admin',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--data-checksums',
  '--wal-segsize=4',
]
// Sorts alike on every system, and needs no locale of it. Before 17 there is only C, which knows no letters beyond ASCII.
const unicode = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8']

/** Makes a data folder with a superuser supabase_admin: whole, on disk and with our configuration, or not at all. */
export async function createCluster(dataFolder: string, engine: Engine, password: string): Promise<void> {
  clearDrafts(dataFolder)
  // Of its own name, because the initdb of a command that was killed goes on writing where it was told to.
  const draft = `${dataFolder}.new-${randomBytes(4).toString('hex')}`
  const passwordFile = `${dataFolder}.password`
  mkdirSync(draft, { mode: 0o700 })
  give(draft, engine.account)
  writeFileFor(engine.account, passwordFile, password)
  const { environment: env, account } = engine
  try {
    const sorting = engine.major >= 17 ? unicode : []
    await run(engine.initdb, [...flags, ...sorting, `--pwfile=${passwordFile}`, draft], {
      env,
      cwd: '/',
      ...account,
    })
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout?: string; stderr?: string }
    throw startFailure('Making the embedded database', `${stdout ?? ''}${stderr ?? ''}`, dataFolder, cause)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  writeFileFor(account, join(draft, 'pg_hba.conf'), accessConfiguration(process.platform !== 'win32'))
  writeFileFor(account, join(draft, 'postgresql.conf'), signature)
  rmSync(dataFolder, { recursive: true, force: true })
  renameForGood(draft, dataFolder)
}

/** Clears away what attempts that were killed have left beside a data folder, but for what is still being written. */
export function clearDrafts(dataFolder: string): void {
  const names = readdirSync(dirname(dataFolder)).filter((name) =>
    name.startsWith(`${basename(dataFolder)}.new`),
  )
  for (const name of names) {
    try {
      rmSync(join(dirname(dataFolder), name), { recursive: true, force: true })
    } catch (error) {
      // It is gone with the next attempt, when its writer has ended.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    }
  }
}
