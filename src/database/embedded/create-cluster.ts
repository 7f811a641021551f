import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
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
  const draft = `${dataFolder}.new`
  const passwordFile = `${dataFolder}.password`
  rmSync(draft, { recursive: true, force: true })
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
