import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pause } from '../../src/base/clock.ts'
import { type Account, chooseAccount } from '../../src/database/embedded/account.ts'
import { prepareEngine } from '../../src/database/embedded/engine.ts'
import { give } from '../../src/database/embedded/owned-files.ts'
import { readPostmaster } from '../../src/database/embedded/postmaster.ts'

type Programs = { bin: string; environment: Record<string, string> }

/** One PostgreSQL to make plain servers of; `prepare` may put what it needs into a folder. */
export type PlainEngine = {
  title: string
  prepare(folder: string, account: Account | undefined): Programs
}

/** A server as its distribution makes it, whose superuser `postgres` needs no password. */
export type PlainServer = { url(database?: string, user?: string): string; stop(): Promise<void> }

const debian15 = '/usr/lib/postgresql/15/bin'

/**
 * The engines that the bootstrap is tried on: the embedded one, and PostgreSQL 15 where FLOWS_TEST_PG15_BIN
 * says or Debian puts it. A folder that is named but not there is an error, so that CI cannot test less unseen.
 */
export function plainEngines(): PlainEngine[] {
  const embedded = (folder: string, account: Account | undefined): Programs => {
    const { postgres, environment } = prepareEngine(folder, account)
    return { bin: dirname(postgres), environment }
  }
  const engines = [{ title: 'the embedded PostgreSQL', prepare: embedded }]
  const named = process.env.FLOWS_TEST_PG15_BIN
  const bin = named ?? debian15
  if (existsSync(join(bin, 'postgres'))) {
    engines.push({ title: `PostgreSQL 15 of ${bin}`, prepare: () => ({ bin, environment: { LC_ALL: 'C' } }) })
  } else if (named !== undefined) {
    throw new Error(`FLOWS_TEST_PG15_BIN names ${named}, where no PostgreSQL is`)
  }
  return engines
}

/** What the titles say where PostgreSQL 15 was not tried. */
export function sayUntried(engines: readonly PlainEngine[]): string {
  return engines.length > 1 ? '' : ` (PostgreSQL 15 was not tried: there is none in ${debian15})`
}

/** Makes and starts a plain server that only its unix socket leads to. */
export async function startPlain(engine: PlainEngine): Promise<PlainServer> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-plain-'))
  chmodSync(folder, 0o755)
  const account = chooseAccount(folder, folder)
  const { bin, environment: env } = engine.prepare(folder, account)
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  give(data, account)
  const options = { env, cwd: data, stdio: 'ignore' as const, ...account }
  const cluster = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', data]
  execFileSync(join(bin, 'initdb'), cluster, options)
  const settings = ['listen_addresses=', `unix_socket_directories=${data}`, 'fsync=off']
  const flags = settings.flatMap((setting) => ['-c', setting])
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...flags], options)
  const gone = new Promise((resolve) => server.once('exit', resolve))
  while (server.exitCode === null && readPostmaster(data)?.ready !== true) await pause(5)
  return {
    url: (database = 'postgres', user = 'postgres') =>
      `postgres://${user}@localhost/${database}?host=${encodeURIComponent(data)}`,
    stop: async () => {
      server.kill('SIGINT')
      await gone
      rmSync(folder, { recursive: true })
    },
  }
}
