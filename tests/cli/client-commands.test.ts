import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb, type Surroundings } from '../support/flows-db.ts'
import { mailServer } from '../support/mail-server.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { url, owner } = await testDatabase()
const secrets = {
  DATABASE_URL: url,
  JWT_SECRET: 'q2V7xkJ4mZr9tLw1sYb6Nc3uHd8Pf5Ga',
  FLOWS_MASTER_KEY: 'VxU3nT0zYk6mP1rQ8sD4fG7hJ2lC9wB5eA0iO6uX3yM=',
}

function project(files: Record<string, string> = {}, environment: Record<string, string> = {}): Surroundings {
  return { cwd: tempFolder({ 'package.json': '{}', ...files }), environment: { ...secrets, ...environment } }
}

function draft(clientCode: string, ...more: string[]): string[] {
  return [
    'client:create',
    '--client-code',
    clientCode,
    '--legal-name',
    'Nordlys A/S',
    '--region',
    'EU',
    ...more,
  ]
}

/** The result of a command that succeeds without a word on standard error. */
async function json<Result = Record<string, unknown>>(
  line: string | readonly string[],
  surroundings = project(),
): Promise<Result> {
  const words = typeof line === 'string' ? line.split(' ') : line
  const { status, stdout, stderr } = await flowsDb([...words, '--json'], surroundings)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return JSON.parse(stdout)
}

/** How a command failed: its status, code and message, with nothing on standard output. */
async function failure(line: string | readonly string[], surroundings = project()) {
  const words = typeof line === 'string' ? line.split(' ') : line
  const { status, stdout, stderr } = await flowsDb([...words, '--json'], surroundings)
  const { code, message } = JSON.parse(stderr).error
  return { status, stdout, code, message }
}

test('client:create tells all that belongs to the client, and what is left to do', async () => {
  const line = draft('nordlys', '--domain', 'nordlys.thepia.net', '--app', 'offboarding')
  expect(
    await json(line, project({}, { SETUP_EMAIL_PREFIX: 'setup', SETUP_EMAIL_DOMAIN: 'thepia.net' })),
  ).toEqual({
    id: expect.any(String),
    clientCode: 'nordlys',
    legalName: 'Nordlys A/S',
    domain: 'nordlys.thepia.net',
    tier: 'free',
    region: 'EU',
    status: 'active',
    createdAt: expect.any(String),
    bucketId: 'flows-nordlys',
    applications: ['offboarding'],
    setupEmail: 'setup+nordlys@thepia.net',
    dnsRecord: { type: 'CNAME', name: 'nordlys.thepia.net', value: 'flows.thepia.net', ttl: 3600 },
    mail: null,
  })
})

test('client:create sends the setup mail after the client is there', async () => {
  const mail = await mailServer()
  const settings = { SETUP_EMAIL_PREFIX: 'setup', SETUP_EMAIL_DOMAIN: 'thepia.net', SMTP_URL: mail.url }
  expect(await json(draft('mailed'), project({}, settings))).toMatchObject({ mail: { sent: true } })
  expect(mail.received.map(({ to }) => to)).toEqual([['setup+mailed@thepia.net']])
})

test('a mail server that is down is told and does not undo the client', async () => {
  const settings = {
    SETUP_EMAIL_PREFIX: 'setup',
    SETUP_EMAIL_DOMAIN: 'thepia.net',
    SMTP_URL: 'smtp://127.0.0.1:1',
  }
  const { status, stdout, stderr } = await flowsDb([...draft('unmailed'), '--json'], project({}, settings))
  const error = 'No mail server answers at 127.0.0.1:1'
  expect({ status, result: JSON.parse(stdout), told: JSON.parse(stderr) }).toMatchObject({
    status: 0,
    result: { clientCode: 'unmailed', mail: { sent: false, error } },
    told: { warning: `The client is ready, but its setup mail was not sent: ${error}` },
  })
  expect(await json('client:status unmailed')).toMatchObject({ status: 'active' })
})

test('under --dry-run client:create says what would be, keeps nothing and sends nothing', async () => {
  const mail = await mailServer()
  const settings = { SETUP_EMAIL_PREFIX: 'setup', SETUP_EMAIL_DOMAIN: 'thepia.net', SMTP_URL: mail.url }
  const { status, stdout, stderr } = await flowsDb([...draft('ghost'), '--dry-run'], project({}, settings))
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'Dry run: nothing of this was kept.\n' })
  expect(stdout).toMatch(/^What it would come to:\n\nClient ghost would be made \(free, EU\)\./)
  expect(await failure('client:status ghost')).toMatchObject({ status: 3, code: 'CLIENT_NOT_FOUND' })
  expect(mail.received).toEqual([])
})

test('client:create takes the client from a file, and a flag wins over it', async () => {
  const config = {
    clientCode: 'filed',
    legalName: 'Filed Ltd',
    region: 'US',
    tier: 'pro',
    applications: ['onboarding'],
  }
  const place = project({ 'client.json': JSON.stringify(config) })
  expect(await json('client:create --config client.json --tier free', place)).toMatchObject({
    ...config,
    tier: 'free',
  })
  const faulty = project({ 'client.json': JSON.stringify({ ...config, region: 'MARS' }) })
  expect(await failure('client:create --config client.json', faulty)).toEqual({
    status: 2,
    stdout: '',
    code: 'CLIENT_CONFIG_INVALID',
    message: 'client.json: region must be one of EU, US, APAC',
  })
})

test.each([
  [
    'a missing flag',
    ['client:create', '--client-code', 'x-y'],
    2,
    'USAGE',
    'Give --legal-name, --region too, or the whole client with --config',
  ],
  ['a taken code', draft('nordlys'), 5, 'CLIENT_CODE_TAKEN', 'Client "nordlys" exists already'],
  ['an unknown tier', draft('other', '--tier', 'gold'), 2, 'CLIENT_TIER_UNKNOWN', 'There is no tier "gold"'],
  [
    'an unknown application',
    draft('other', '--app', 'payroll'),
    3,
    'APPLICATION_NOT_FOUND',
    'There is no built-in application "payroll"',
  ],
  ['no change', ['client:update', 'nordlys'], 2, 'USAGE', 'Say what to change, and each thing once'],
  [
    'a client that is not there',
    ['app:list', '--client', 'nordlis'],
    3,
    'CLIENT_NOT_FOUND',
    'There is no client "nordlis"',
  ],
  [
    'a file that is not there',
    ['app:install', '--client', 'nordlys', '--config', 'no.json'],
    2,
    'FILE_UNREADABLE',
    'The file no.json cannot be read',
  ],
  [
    'both ways at once',
    ['app:install', '--client', 'nordlys', '--config', 'a', '--app', 'b'],
    2,
    'USAGE',
    'Give either --app or --config',
  ],
  ['no such moment', ['audit:list', '--since', 'yesterday'], 2, 'USAGE', '--since is no moment'],
  [
    'a limit of 0',
    ['client:list', '--limit', '0'],
    2,
    'USAGE',
    '--limit must be a whole number from 1 to 10000',
  ],
])('%s is refused with its own status', async (_, line, status, code, message) => {
  expect(await failure(line)).toEqual({ status, stdout: '', code, message })
})

test('client:status shows limits as bars to people and as figures to programs', async () => {
  const { stdout } = await flowsDb('client:status nordlys', project())
  expect(stdout).toMatch(/^Nordlys A\/S \(nordlys\)\n\n/)
  expect(stdout).toMatch(/^members {8}\.{10} 0 % {2}0 of 100, 0 admin, 0 inactive$/m)
  expect(stdout).toMatch(/^storage {8}\.{10} 0 % {2}0 B of 1 GB, 0 files$/m)
  expect(await json('client:status mailed --dns')).toMatchObject({
    members: { used: 0, limit: 100, percent: 0 },
    dns: null,
  })
})

test('a tier too small for what is in use is a limit reached', async () => {
  const { id } = await json(draft('crowded', '--tier', 'pro'))
  await owner.run(sql`
    insert into flows.client_members (client_id, user_id)
    select ${id}, gen_random_uuid() from generate_series(1, 101)`)
  expect(await failure('client:update crowded --tier free')).toMatchObject({
    status: 6,
    code: 'CLIENT_OVER_LIMIT',
    message: expect.stringContaining('Client crowded uses 101 of 100 members'),
  })
})

test('a client is deactivated and reactivated, which the list shows', async () => {
  await json(draft('paused'))
  expect(await json('client:deactivate paused')).toMatchObject({ status: 'inactive' })
  const listed = await flowsDb('client:list --status inactive --jsonl', project())
  expect(
    listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).clientCode),
  ).toEqual(['paused'])
  expect(await json('client:reactivate paused')).toMatchObject({ status: 'active' })
})

test('an application goes only when the client code is typed', async () => {
  await json('app:install --client nordlys --app onboarding')
  const remove = 'app:remove --client nordlys --app onboarding'
  expect(await failure(remove)).toMatchObject({ status: 4, code: 'CONFIRMATION_REQUIRED' })
  expect(await failure(`${remove} --confirm nordlis`)).toMatchObject({
    status: 4,
    message: 'What was typed is not the code; nothing was done',
  })
  expect(await json(`${remove} --dry-run`)).toMatchObject({ appCode: 'onboarding' })
  expect(await json(`${remove} --confirm nordlys`)).toMatchObject({ appCode: 'onboarding' })
  expect(await json<object[]>('app:list --client nordlys')).toMatchObject([{ appCode: 'offboarding' }])
})

test('an application becomes what a file of the same code says', async () => {
  const config = { appCode: 'offboarding', appName: 'Leaving', permissions: ['leave:read'] }
  const place = project({ 'app.json': JSON.stringify(config) })
  expect(await json('app:update --client nordlys --app offboarding --config app.json', place)).toMatchObject(
    config,
  )
  expect(
    await failure('app:update --client nordlys --app onboarding --config app.json', place),
  ).toMatchObject({
    code: 'APPLICATION_CONFIG_INVALID',
    message: 'app.json describes "offboarding", not "onboarding"',
  })
})

test('a member is made an admin', async () => {
  const { id } = await json(draft('staffed'))
  const user = randomUUID()
  await owner.run(sql`insert into flows.client_members (client_id, user_id) values (${id}, ${user})`)
  await json(`member:update --client staffed --user ${user} --role admin`)
  expect(await json<object[]>('member:list --client staffed --role admin')).toMatchObject([{ userId: user }])
  expect(await failure(`member:update --client staffed --user ${user}`)).toMatchObject({
    status: 2,
    message: 'Say what to change: --role or --status',
  })
})

test('audit:list tells what one command did, under one request id', async () => {
  await json(draft('audited', '--app', 'offboarding'))
  const events = await json<{ tableName: string; requestId: string }[]>(
    'audit:list --client audited --since 1h',
  )
  expect(events.map(({ tableName }) => tableName)).toEqual([
    'client_applications',
    'client_keys',
    'client_buckets',
    'clients',
  ])
  const [{ requestId } = { requestId: '' }] = events
  expect(await json(`audit:list --request-id ${requestId}`)).toEqual(events)
  const { stdout } = await flowsDb('audit:list --client audited --table clients', project())
  expect(stdout).toMatch(/insert +clients +[0-9a-f-]{36} +tier: free, region: EU, status: active\n$/)
})

test("migrate:up brings the project's tiers into the database, and refuses one below what is in use", async () => {
  const tiers = (maxUsers: number) => ({
    'config/client-tiers.json': JSON.stringify({ team: { maxUsers, storageGB: 1, features: [] } }),
  })
  await json('migrate:up', project(tiers(3)))
  const { id } = await json(draft('teamed', '--tier', 'team'))
  await owner.run(sql`
    insert into flows.client_members (client_id, user_id)
    select ${id}, gen_random_uuid() from generate_series(1, 3)`)
  expect(await failure('migrate:up', project(tiers(2)))).toMatchObject({
    status: 6,
    code: 'CLIENT_OVER_LIMIT',
    message: expect.stringContaining('Client teamed uses 3 of 2 members'),
  })
  expect(await failure('migrate:up', project({ 'config/client-tiers.json': '{}}' }))).toMatchObject({
    status: 2,
    code: 'TIERS_INVALID',
  })
})
