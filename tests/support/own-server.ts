import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { pause } from '../../src/base/clock.ts'
import type { Database } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { openAsOwner } from '../../src/database/open.ts'
import { type Ended, flowsDb, startFlowsDb } from './flows-db.ts'
import { untilIdle } from './until-idle.ts'

/** An embedded server that one test file has for itself, and may kill. */
export type OwnServer = {
  /** Where its commands run. */
  cwd: string
  /** The server's own folder, in there. */
  folder: string
  run: (line: string) => Promise<Ended>
  /** Work as the migrating role; the server is started if it is down. */
  asOwner: <Result>(work: (db: Database) => Promise<Result>) => Promise<Result>
  /** Gives what kills the server that is up now, as nothing else would: at once, and without a word. */
  killing: () => Promise<() => void>
  /** Runs a command and kills it, or its server, some milliseconds after its start; gives its exit status. */
  killedAfter: (line: string, milliseconds: number, victim: 'command' | 'server') => Promise<number | null>
  /** Waits until a backend whose client is gone has rolled back, too. */
  settled: () => Promise<void>
}

/** Sets a server up for the calling test file, with the schema in it; it is gone after the last test. */
export function ownServer(): OwnServer {
  const cwd = mkdtempSync(join(tmpdir(), 'flows-db-own-'))
  const folder = join(cwd, '.flows-db')
  const surroundings = { cwd, environment: { FLOWS_DB_DIR: folder } }
  const target = { databaseUrl: undefined, embeddedFolder: folder, migrationsFolder: '' }
  const run = (line: string) => flowsDb(line, surroundings)

  const asOwner: OwnServer['asOwner'] = async (work) => {
    const db = await openAsOwner(target)
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }
  const killing = async () => {
    const { dataFolder } = await ensureEmbedded({ folder })
    const [postmaster] = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')
    return () => void process.kill(Number(postmaster), 'SIGKILL')
  }
  const killedAfter: OwnServer['killedAfter'] = async (line, milliseconds, victim) => {
    const kill = await killing()
    const { child, ended } = await startFlowsDb(line, surroundings)
    await pause(milliseconds)
    if (victim === 'server') kill()
    else child.kill('SIGKILL')
    return ended
  }

  beforeAll(async () => {
    // The server may run as another user than the test.
    chmodSync(cwd, 0o755)
    const { status, stderr } = await run('db:init')
    if (status !== 0) throw new Error(stderr)
  }, 240_000)
  afterAll(async () => {
    await resetEmbedded({ folder })
    rmSync(cwd, { recursive: true })
  })
  return { cwd, folder, run, asOwner, killing, killedAfter, settled: () => asOwner(untilIdle) }
}
