import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { packagePath } from '../../src/base/package-folder.ts'
import { connect } from '../../src/database/connect.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { type TestServer, templateName, withDatabase } from './server.ts'

/** The suites that ask no database. */
const withoutServer = ['structure']

/** The server of the run, and how many suites still use it. */
type Shared = { users: number; started: Promise<Started> }
type Started = { server: TestServer; programFolder: string; stop: () => Promise<void> }

// Vitest runs this file once for every suite, each time as another module: what they share hangs on the process.
const shared = globalThis as { flowsDbTestServer?: Shared }

/** Starts one server for the whole run, with a migrated template; after the last suite it is stopped and deleted. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (project.vitest.projects.every(({ name }) => withoutServer.includes(name))) return undefined
  shared.flowsDbTestServer ??= { users: 0, started: start() }
  const use = shared.flowsDbTestServer
  use.users += 1
  const { server, programFolder, stop } = await use.started
  project.provide('testServer', server)
  project.provide('programFolder', programFolder)
  return async () => {
    use.users -= 1
    if (use.users === 0) await stop()
  }
}

async function start(): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-tests-'))
  // Inside the package, where the program finds the migrations and templates that it ships with.
  const programFolder = packagePath('node_modules', '.cache', basename(folder))
  const stop = async () => {
    await stopEmbedded({ folder })
    rmSync(folder, { recursive: true, force: true })
    rmSync(programFolder, { recursive: true, force: true })
  }
  try {
    const { url, authenticatorUrl, adminUrl } = await ensureEmbedded({ folder, ...otherEngine() })
    await makeTemplate(url, adminUrl)
    return { server: { url, authenticatorUrl, adminUrl }, programFolder, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Another PostgreSQL than the one users get: a folder with its bin, lib and share, unpacked from the same packages. */
function otherEngine(): { binaries?: string } {
  const binaries = process.env.FLOWS_TEST_POSTGRES
  return binaries === undefined ? {} : { binaries }
}

async function makeTemplate(url: string, adminUrl: string): Promise<void> {
  const admin = await connect(withDatabase(adminUrl, 'template1'))
  await admin.run(sql`create database ${identifier(templateName)} template postgres owner postgres`)
  await admin.close()
  const owner = await connect(withDatabase(url, templateName))
  await migrateUp(owner, packagePath('migrations'))
  await owner.close()
}
