import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FlowsError } from '../../base/errors.ts'
import { type Configuration, serverConfiguration, signature } from './configuration.ts'
import type { Engine } from './engine.ts'
import { startFailure } from './failures.ts'
import { writeFileFor } from './owned-files.ts'

const run = promisify(execFile)

/** Whether there is a cluster that this engine can run; throws EMBEDDED_DATA_FOREIGN if it is of another version or not ours. */
export function hasCluster(dataFolder: string, engine: Engine): boolean {
  if (isEmpty(dataFolder)) return false
  checkOurs(dataFolder)
  const made = readFileSync(join(dataFolder, 'PG_VERSION'), 'utf8').trim()
  const have = String(engine.major)
  if (made === have) return true
  throw new FlowsError(
    'EMBEDDED_DATA_FOREIGN',
    `${dataFolder} was made by PostgreSQL ${made}, and this release has ${have}`,
    {
      hint: `Make a backup with a release that has PostgreSQL ${made} (backup:create), then begin afresh with: test:reset`,
    },
  )
}

/** Throws EMBEDDED_DATA_FOREIGN if a folder holds anything but a cluster of ours, so that it is never started nor deleted. */
export function checkOurs(dataFolder: string): void {
  if (isEmpty(dataFolder)) return
  const configuration = join(dataFolder, 'postgresql.conf')
  const isCluster = existsSync(join(dataFolder, 'PG_VERSION')) && existsSync(configuration)
  if (isCluster && readFileSync(configuration, 'utf8').startsWith(signature)) return
  throw new FlowsError('EMBEDDED_DATA_FOREIGN', `${dataFolder} was not made by flows-db`, {
    hint: 'Set FLOWS_DB_DIR to another folder, or move that one away.',
  })
}

/** Writes postgresql.conf anew, so that a newer release's settings hold from its next start. */
export function configureCluster(dataFolder: string, engine: Engine, configuration: Configuration): void {
  writeFileFor(engine.account, join(dataFolder, 'postgresql.conf'), serverConfiguration(configuration))
}

/** Gives the superuser of a stopped cluster a password, where server.json with the old one was lost. */
export async function replacePassword(dataFolder: string, engine: Engine, password: string): Promise<void> {
  const { environment: env, account } = engine
  const single = run(engine.postgres, ['--single', '-D', dataFolder, 'postgres'], {
    env,
    cwd: dataFolder,
    ...account,
  })
  single.child.stdin?.end(`alter role supabase_admin password '${password}'\n`)
  await single.catch((cause: { stderr?: string }) => {
    throw startFailure('Replacing the lost password', cause.stderr ?? '', dataFolder, cause)
  })
}

function isEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0
}
