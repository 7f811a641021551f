import { chmodSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { type MadeDatabase, makeDatabase, testDatabase } from '../support/database.ts'
import { type Ended, flowsDb, type Surroundings } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const database = await testDatabase()

function project(): Surroundings {
  const team = { maxUsers: 10, storageGB: 1, features: [] }
  const cwd = tempFolder({ 'package.json': '{}', 'config/client-tiers.json': JSON.stringify({ team }) })
  chmodSync(cwd, 0o755)
  onTestFinished(async () => void (await flowsDb('db:stop', { cwd })))
  return { cwd }
}

function hosted(url: string): Surroundings {
  return { cwd: tempFolder(), environment: { DATABASE_URL: url } }
}

async function json(line: string, surroundings: Surroundings): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await flowsDb(`${line} --json`, surroundings)
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' })
  return JSON.parse(stdout)
}

function failure({ status, stdout, stderr }: Ended): unknown {
  expect(stdout).toBe('')
  return { status, ...JSON.parse(stderr).error }
}

async function plainDatabase(): Promise<MadeDatabase> {
  const made = await makeDatabase('template0')
  onTestFinished(made.drop)
  return made
}

test('the embedded database is set up, shown, stopped, started again and reset', async () => {
  const here = project()
  expect(await json('db:status', here)).toMatchObject({
    embedded: true,
    running: false,
    url: null,
    schema: null,
  })
  expect(await json('db:init', here)).toMatchObject({
    embedded: true,
    platform: 'bootstrapped',
    applied: expect.arrayContaining([expect.objectContaining({ version: '001', name: 'initial_setup' })]),
  })
  expect(await json('db:init', here)).toMatchObject({ applied: [] })
  const status = await json('db:status', here)
  expect(status).toMatchObject({ running: true, schema: 'current', version: expect.stringMatching(/^17\./) })
  const authenticator = await connect(String(status.authenticatorUrl))
  expect(await authenticator.one(sql`select current_user::text as name`)).toEqual({ name: 'authenticator' })
  await authenticator.close()
  const owner = await connect(String(status.url))
  await owner.run(sql`create table public.mark ()`)
  await owner.close()
  expect(await json('db:stop', here)).toEqual({ stopped: true })
  expect(await json('db:stop', here)).toEqual({ stopped: false })
  expect(await json('db:init', here)).toMatchObject({ applied: [] })

  expect(failure(await flowsDb('test:reset --json', here))).toMatchObject({
    status: 4,
    code: 'CONFIRMATION_REQUIRED',
    hint: 'Confirm with: --confirm reset',
  })
  expect(await json('test:reset --confirm reset', here)).toMatchObject({
    applied: expect.arrayContaining([expect.objectContaining({ version: '001' })]),
  })
  const fresh = await connect(String((await json('db:status', here)).url))
  expect(await fresh.one(sql`select to_regclass('public.mark')::text as mark`)).toEqual({ mark: null })
  expect(await fresh.many(sql`select tier from flows.client_tiers where tier = 'team'`)).toEqual([
    { tier: 'team' },
  ])
  await fresh.close()
})

test('a plain Postgres gets the platform and the migrations, and --dry-run leaves it plain', async () => {
  const there = hosted((await plainDatabase()).adminUrl)
  expect(await json('db:init --dry-run', there)).toMatchObject({
    platform: 'plain',
    applied: [],
    dryRun: true,
  })
  expect(await json('db:status', there)).toMatchObject({ schema: 'empty' })
  expect(await json('db:init', there)).toMatchObject({ embedded: false, platform: 'bootstrapped' })
  expect(await json('db:status', there)).toMatchObject({ schema: 'current', authenticatorUrl: null })
  expect(await json('db:init', there)).toMatchObject({ applied: [] })
})

test('who may not make the platform is told so, and nothing is left behind', async () => {
  const there = hosted((await plainDatabase()).url)
  expect(failure(await flowsDb('db:init --json', there))).toMatchObject({
    status: 4,
    code: 'PLATFORM_NEEDS_SUPERUSER',
  })
  expect(await json('db:status', there)).toMatchObject({ schema: 'empty' })
})

test('the address of a given database is shown without its password', async () => {
  const { status, stdout } = await flowsDb('db:status', hosted(database.url))
  expect(status).toBe(0)
  expect(stdout).toContain('postgres://postgres:********@127.0.0.1')
  expect(stdout).not.toContain(new URL(database.url).password)
})

test.each(['db:stop', 'test:reset --confirm reset'])('%s refuses to touch a given database', async (line) => {
  expect(failure(await flowsDb(`${line} --json`, hosted(database.url)))).toEqual({
    status: 2,
    code: 'DATABASE_NOT_EMBEDDED',
    message: 'This works on the embedded database only, and DATABASE_URL is set',
    hint: 'Unset DATABASE_URL (config:show tells where it comes from) and run the command again.',
  })
})

test('a wrong password and a database that does not answer are told apart', async () => {
  const wrong = new URL(database.url)
  wrong.password = 'wrong'
  expect(failure(await flowsDb('db:init --json', hosted(wrong.href)))).toMatchObject({
    status: 4,
    code: 'DATABASE_PASSWORD_WRONG',
    message: expect.stringMatching(/ refused the user or password$/),
  })
  expect(failure(await flowsDb('db:init --json', hosted('postgres://a:b@127.0.0.1:1/x')))).toMatchObject({
    status: 1,
    code: 'DATABASE_UNREACHABLE',
    message: 'No database answers at 127.0.0.1:1/x',
  })
})
