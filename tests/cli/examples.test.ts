import { chmodSync, cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { loadCommands } from '../../src/cli/commands.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { makeDatabase } from '../support/database.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** Where an example runs: a copy of this project, on a database with the client acme or on an embedded one. */
type Project = {
  cwd: string
  databaseUrl: string | undefined
  run: (words: string | readonly string[]) => Promise<Ended>
}

const embeddedOnly = ['quickstart', 'db:init:dev', 'db:stop', 'test:reset']
const userId = '0b8f6f0e-7f1c-4f6d-8a55-1f6f5f0f7a11'

/** What must have happened before the examples of a command, beyond the client acme. */
const preparations: Readonly<Record<string, (project: Project) => Promise<void>>> = {
  'client:reactivate': ({ run }) => must(run('client:deactivate acme')),
  'app:remove': ({ run }) => must(run('app:install --client acme --app onboarding')),
  'invitation:validate': keepToken,
  'invitation:redeem': keepToken,
  'invitation:revoke': keepTokenWithCode,
  'invitation:resend': keepTokenWithCode,
  'invitation:import': async ({ cwd }) => {
    writeFileSync(join(cwd, 'people.csv'), 'companyEmail,fullName\nada@acme.example,Ada Lovelace\n')
  },
  'analytics:ingest': async ({ cwd }) => {
    const line = { client: 'acme', status: 200, request_time: 0.012, time: '2025-01-31T10:00:00Z' }
    writeFileSync(join(cwd, 'access.jsonl'), `${JSON.stringify(line)}\n`)
  },
  'privacy:erase': keepTokenWithCode,
  'backup:list': ({ run }) => must(run('backup:create --client acme --to backups')),
  'backup:verify': keepBackup,
  'backup:restore': keepBackup,
  'alerts:ack': keepAlert,
  'alerts:silence': keepAlert,
  'member:update': async (project) => {
    await keepToken(project)
    await must(project.run(`invitation:redeem --token-file invitation.jwt --user ${userId}`))
  },
}

/** The name that the examples speak of, whatever day it is. */
function keepBackup({ run }: Project): Promise<void> {
  return must(run('backup:create --client acme --file backup-acme-2025-01-15.sql'))
}

async function keepToken({ cwd, run }: Project): Promise<void> {
  const line = 'invitation:create --client acme --app offboarding --invitee ada@acme.example --json'
  const { stdout } = await run(line)
  writeFileSync(join(cwd, 'invitation.jwt'), JSON.parse(stdout).token)
}

/** The alert that the examples speak of. */
async function keepAlert({ databaseUrl }: Project): Promise<void> {
  const owner = await connect(databaseUrl ?? '')
  await owner.run(sql`
    insert into flows.alerts (fingerprint, rule, client_code, severity, state, since, value, threshold)
    values ('7c0d9d7e0f4b2a61', 'storage-90', 'acme', 'warning', 'firing', now(), 0.93, 0.9)`)
  await owner.close()
}

async function keepTokenWithCode(project: Project): Promise<void> {
  await keepToken(project)
  const owner = await connect(project.databaseUrl ?? '')
  await owner.run(sql`update flows.invitations set invitation_code = '7K3Q-F9XM-2DWA'`)
  await owner.close()
}

async function must(running: Promise<Ended>): Promise<void> {
  expect(await running).toMatchObject({ status: 0 })
}

function projectOn(databaseUrl: string | undefined): Project {
  const cwd = tempFolder({ 'package.json': '{}' })
  chmodSync(cwd, 0o755)
  for (const part of ['migrations', 'templates'])
    cpSync(packagePath(part), join(cwd, part), { recursive: true })
  const environment = { JWT_SECRET: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe' }
  const given = databaseUrl === undefined ? environment : { ...environment, DATABASE_URL: databaseUrl }
  return { cwd, databaseUrl, run: (words) => flowsDb(words, { cwd, environment: given }) }
}

/** Splits a line as a shell does where it holds no more than words and quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

/** None for a command of the embedded server; a copy that is dropped with the test where something is changed. */
async function databaseFor(name: string, changes: boolean): Promise<string | undefined> {
  if (embeddedOnly.includes(name)) return undefined
  if (!changes) return prepared.url
  const { url, drop } = await makeDatabase(prepared.name)
  onTestFinished(drop)
  return url
}

const prepared = await makeDatabase(templateName)
afterAll(prepared.drop)

test('the client of the examples is made', async () => {
  const words = wordsOf(
    '--legal-name "Acme Corporation" --domain acme-corp.thepia.net --region EU --app offboarding',
  )
  await must(projectOn(prepared.url).run(['client:create', '--client-code', 'acme', ...words]))
})

for (const { name, examples, changes } of await loadCommands()) {
  describe(name, () => {
    test.each(examples)('flows-db %s', async (example) => {
      const database = await databaseFor(name, changes === true || name in preparations)
      const project = projectOn(database)
      if (database === undefined) onTestFinished(() => must(project.run('db:stop')))
      await preparations[name]?.(project)
      const { status, stdout, stderr } = await project.run(wordsOf(example))
      expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
      if (example.endsWith('--json')) expect(JSON.parse(stdout)).toBeDefined()
      else if (!example.endsWith('--jsonl')) expect(stdout.trim()).not.toBe('')
    })

    if (!changes) return
    test('--dry-run tells what would be, in words and in JSON, and never that it is done', async () => {
      const project = projectOn(await databaseFor(name, true))
      await preparations[name]?.(project)
      const words = wordsOf(examples[0]).filter((word) => word !== '--json' && word !== '--dry-run')
      const told = await project.run([...words, '--dry-run'])
      expect(told.stdout).toMatch(/^What it would come to:\n\n./)
      expect(told.stdout).not.toMatch(/\b(is ready|is now|are now|done|now on)\b/i)
      expect(told.stderr).toContain('Dry run: nothing of this was kept.')
      const { stdout } = await project.run([...words, '--dry-run', '--json'])
      expect(JSON.parse(stdout)).toMatchObject({ dryRun: true })
    })
  })
}
