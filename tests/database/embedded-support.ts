import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll } from 'vitest'
import { FlowsError } from '../../src/base/errors.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { type EmbeddedOptions, ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import type { EmbeddedServer } from '../../src/database/embedded/server.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const child = fileURLToPath(new URL('./embedded-child.ts', import.meta.url))
const made: string[] = []

/** Whether these tests run as root, whose servers run as another user. */
export const isRoot = process.getuid?.() === 0

/** A folder for a server in a new temporary project that every user may enter; deleted by `cleanUp`. */
export function projectFolder(mode = 0o755): string {
  const project = mkdtempSync(join(tmpdir(), 'flows-embedded-'))
  chmodSync(project, mode)
  const folder = join(project, '.flows-db')
  made.push(folder)
  return folder
}

let seed: Promise<string> | undefined

/** As `projectFolder`, with a server in it that has run and was stopped: a copy, cheaper than making one. */
export async function usedFolder(): Promise<string> {
  seed ??= makeSeed()
  const folder = projectFolder()
  execFileSync('cp', ['-a', await seed, folder])
  return folder
}

async function makeSeed(): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'flows-embedded-'))
  chmodSync(project, 0o755)
  const folder = join(project, '.flows-db')
  await ensureEmbedded({ folder })
  await stopEmbedded({ folder })
  return folder
}

afterAll(async () => {
  if (seed !== undefined) rmSync(dirname(await seed), { recursive: true })
})

/** Stops every server of `projectFolder` and deletes its project. */
export async function cleanUp(): Promise<void> {
  for (const folder of made.splice(0)) {
    // A test may have left what reset rightly refuses: a folder that is not ours.
    await resetEmbedded({ folder }).catch(ignoreForeign)
    rmSync(dirname(folder), { recursive: true, force: true })
  }
}

function ignoreForeign(error: unknown): void {
  if (!(error instanceof FlowsError && error.code === 'EMBEDDED_DATA_FOREIGN')) throw error
}

/** What a process of its own got for the server: its addresses, or how it failed. */
export type Answer = EmbeddedServer | { code: string; message: string }

/** Asks for the server in a process of its own, optionally as another user. */
export async function ensureInProcess(
  options: EmbeddedOptions,
  as: { uid?: number; gid?: number } = {},
): Promise<Answer> {
  const { stdout } = await promisify(execFile)(process.execPath, childArguments(options), {
    cwd: root,
    ...as,
  })
  return JSON.parse(stdout)
}

/** Starts a process that asks for the server, as the leader of a group that can be killed whole. */
export function startEnsuring(options: EmbeddedOptions) {
  return spawn(process.execPath, childArguments(options), { cwd: root, detached: true, stdio: 'ignore' })
}

function childArguments(options: EmbeddedOptions): string[] {
  return ['--import', 'tsx', child, JSON.stringify(options)]
}

/** Connects, works and closes. */
export async function using<Result>(url: string, work: (db: Database) => Promise<Result>): Promise<Result> {
  const db = await connect(url)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** The FlowsError that a promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error = await promise.then(
    () => new Error('It did not fail'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof FlowsError)) throw error
  return { code: error.code, message: error.message }
}
