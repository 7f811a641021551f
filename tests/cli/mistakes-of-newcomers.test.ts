import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { appTemplates } from '../../src/applications/app-template.ts'
import { loadCommand } from '../../src/cli/commands.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { url } = await testDatabase()
const secrets = { DATABASE_URL: url, JWT_SECRET: 'q2V7xkJ4mZr9tLw1sYb6Nc3uHd8Pf5Ga' }

function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return flowsDb(words, {
    cwd: tempFolder({ 'package.json': '{}' }),
    environment: { ...secrets, ...environment },
  })
}

function create(code: string, legalName: string, ...more: readonly string[]): string[] {
  return ['client:create', '--client-code', code, '--legal-name', legalName, '--region', 'EU', ...more]
}

test('a mail server without a mailbox sends no setup mail, and that is said', async () => {
  const { status, stderr } = await run(create('quiet', 'Quiet Ltd'), { SMTP_URL: 'smtp://127.0.0.1:1' })
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'warning No setup mail is sent: SETUP_EMAIL_PREFIX or SETUP_EMAIL_DOMAIN is not set\n',
  })
})

test('an e-mail address is no legal name, in whatever it is wrapped', async () => {
  for (const name of ['ada@acme.example', 'Acme <ada@acme.example>', 'ada@localhost']) {
    const { status, stderr } = await run([...create('acme', name), '--json'])
    expect(status).toBe(2)
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'CLIENT_NAME_INVALID',
      message: 'The legal name holds an e-mail address',
    })
    expect(stderr).not.toContain('ada')
  }
  expect((await run([...create('meet', 'Meet @ Work Ltd'), '--dry-run'])).status).toBe(0)
})

test('a table that the trail is not about is an error that names the tables, and no empty list', async () => {
  const { status, stderr } = await run(['audit:list', '--table', 'nosuch', '--json'])
  const { code, message, hint } = JSON.parse(stderr).error
  expect({ status, code, message }).toEqual({
    status: 2,
    code: 'AUDIT_TABLE_UNKNOWN',
    message: 'The audit trail is about no table "nosuch"',
  })
  expect(hint).toMatch(/^It is about: .*\bclients\b.*\binvitations\b/)
  expect((await run(['audit:list', '--table', 'clients', '--json'])).status).toBe(0)
})

test('the help of the commands that install applications names those that are built in', async () => {
  expect(appTemplates.length).toBeGreaterThan(1)
  for (const name of ['client:create', 'app:install']) {
    const command = await loadCommand(name)
    expect(command?.flags.app.about).toContain(appTemplates.join(', '))
  }
})

test('the first command in a new project sets its own tiers up as db:init does', async () => {
  const tiers = { free: { maxUsers: 3, storageGB: 1, features: ['invitations'] } }
  const cwd = tempFolder({ 'package.json': '{}', 'config/client-tiers.json': JSON.stringify(tiers) })
  chmodSync(cwd, 0o755)
  onTestFinished(async () => void (await flowsDb('db:stop', { cwd })))
  expect(existsSync(join(cwd, '.flows-db'))).toBe(false)
  const made = await flowsDb([...create('acme', 'Acme Ltd'), '--json'], { cwd })
  expect(made.status).toBe(0)
  const { stdout } = await flowsDb('client:status acme --json', { cwd })
  expect(JSON.parse(stdout)).toMatchObject({ members: { limit: 3 } })
})
