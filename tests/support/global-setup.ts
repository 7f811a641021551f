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
import { templateName, withDatabase } from './server.ts'

/** The suites that ask no database. */
const withoutServer = ['structure']

/** Starts one server for the whole run, with a migrated template; at the end it is stopped and deleted. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (project.vitest.projects.every(({ name }) => withoutServer.includes(name))) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-tests-'))
  // Inside the package, where the program finds the migrations and templates that it ships with.
  const programFolder = packagePath('node_modules', '.cache', basename(folder))
  const stop = async () => {
    await stopEmbedded({ folder })
    rmSync(folder, { recursive: true, force: true })
    rmSync(programFolder, { recursive: true, force: true })
  }
  try {
    const { url, authenticatorUrl, adminUrl } = await ensureEmbedded({ folder })
    await makeTemplate(url, adminUrl)
    project.provide('testServer', { url, authenticatorUrl, adminUrl })
    project.provide('programFolder', programFolder)
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

async function makeTemplate(url: string, adminUrl: string): Promise<void> {
  const admin = await connect(withDatabase(adminUrl, 'template1'))
  await admin.run(sql`create database ${identifier(templateName)} template postgres owner postgres`)
  await admin.close()
  const owner = await connect(withDatabase(url, templateName))
  await migrateUp(owner, packagePath('migrations'))
  await owner.close()
}
