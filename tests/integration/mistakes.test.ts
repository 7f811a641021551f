import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { url, owner } = await testDatabase()
const environment = { DATABASE_URL: url, JWT_SECRET: 'bWlzdGFrZXMgYXJlIGFsbG93ZWQgaGVyZSAyMDI2IQ' }

function run(words: readonly string[], more: Record<string, string> = {}): Promise<Ended> {
  return flowsDb([...words, '--json'], {
    cwd: tempFolder({ 'package.json': '{}' }),
    environment: { ...environment, ...more },
  })
}

const create = (...more: string[]) => ['client:create', '--legal-name', 'Acme', '--region', 'EU', ...more]
const invite = (...more: string[]) => [
  'invitation:create',
  '--client',
  'acme',
  '--app',
  'offboarding',
  ...more,
]

describe('every mistake is told by its code with the next step, and leaves nothing behind', () => {
  test('a client is made without one', async () => {
    const made = await run(
      create('--client-code', 'acme', '--domain', 'acme.example.com', '--app', 'offboarding'),
    )
    expect(made).toMatchObject({ status: 0 })
  })

  test.each([
    ['an unknown client', ['client:status', 'acmee'], 'CLIENT_NOT_FOUND', 3],
    ['a taken code', create('--client-code', 'acme'), 'CLIENT_CODE_TAKEN', 5],
    [
      'a taken domain',
      create('--client-code', 'other', '--domain', 'acme.example.com'),
      'CLIENT_DOMAIN_TAKEN',
      5,
    ],
    ['a bad code', create('--client-code', 'Not-A-Code'), 'CLIENT_CODE_INVALID', 2],
    ['a code with two dashes', create('--client-code', 'a--b'), 'CLIENT_CODE_INVALID', 2],
    ['a code that is too short', create('--client-code', 'a'), 'CLIENT_CODE_INVALID', 2],
    [
      'a bad domain',
      create('--client-code', 'other', '--domain', 'not a domain'),
      'CLIENT_DOMAIN_INVALID',
      2,
    ],
    ['an unknown tier', create('--client-code', 'other', '--tier', 'platinum'), 'CLIENT_TIER_UNKNOWN', 2],
    [
      'an unknown region',
      [...create('--client-code', 'other').slice(0, 3), '--region', 'MOON', '--client-code', 'other'],
      'USAGE',
      2,
    ],
    ['a bad duration', invite('--invitee', 'a@b.example', '--expires-in', 'soon'), 'DURATION_INVALID', 2],
    [
      'an invitation for ever',
      invite('--invitee', 'a@b.example', '--expires-in', '9999d'),
      'INVITATION_EXPIRY_INVALID',
      2,
    ],
    [
      'an unknown permission',
      invite('--invitee', 'a@b.example', '--permission', 'fly'),
      'INVITATION_PERMISSION_UNKNOWN',
      2,
    ],
    [
      'an unknown restriction',
      invite('--invitee', 'a@b.example', '--restriction', 'moon=full'),
      'INVITATION_RESTRICTION_INVALID',
      2,
    ],
    [
      'an application that is not installed',
      ['invitation:create', '--client', 'acme', '--app', 'payroll', '--invitee', 'a@b.example'],
      'APPLICATION_NOT_FOUND',
      3,
    ],
    ['an unknown command', ['client:destroy'], 'USAGE', 2],
    ['a flag that does not exist', ['client:list', '--colour'], 'USAGE', 2],
    ['a flag that is missing', ['client:create', '--client-code', 'other'], 'USAGE', 2],
  ])('%s', async (_, words, code, status) => {
    const count = sql`select (select count(*) from flows.clients) + (select count(*) from flows.invitations) as rows`
    const before = await owner.one(count)
    const ended = await run(words)
    const { error } = JSON.parse(ended.stderr) as { error: { code: string; message: string; hint: string } }
    expect({ status: ended.status, code: error.code, stdout: ended.stdout }).toEqual({
      status,
      code,
      stdout: '',
    })
    expect(error.message).not.toBe('')
    expect(error.hint).toBeTruthy()
    expect(await owner.one(count)).toEqual(before)
  })

  test.each([
    ['nobody answers', 'postgres://postgres@127.0.0.1:1/postgres', 'DATABASE_UNREACHABLE', 1],
    ['a wrong password', url.replace(/:[^:@/]+@/, ':wrong@'), 'DATABASE_PASSWORD_WRONG', 4],
    ['a database that does not exist', url.replace(/\/test_\w+/, '/nowhere'), 'DATABASE_UNREACHABLE', 1],
    ['an address that is none', 'not-an-address', 'SETTING_INVALID', 2],
  ])('%s', async (_, address, code, status) => {
    const ended = await run(['client:list'], { DATABASE_URL: address })
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code, hint: expect.any(String) } })
    expect(ended.status).toBe(status)
    expect(ended.stderr).not.toContain('wrong@')
  })

  test('pending migrations, and a database newer than the program', async () => {
    const ledger = sql`select version, name, statements from supabase_migrations.schema_migrations where version = '002'`
    const kept = await owner.one<{ name: string; statements: string[] }>(ledger)
    await owner.run(sql`delete from supabase_migrations.schema_migrations where version = '002'`)
    const pending = await run(['client:list'])
    expect(JSON.parse(pending.stderr)).toMatchObject({ error: { code: 'MIGRATION_PENDING' } })
    expect(pending.status).toBe(4)
    await owner.run(sql`
      insert into supabase_migrations.schema_migrations (version, name, statements)
      values ('002', ${kept.name}, ${kept.statements}), ('999', 'from_the_future', '{select 1}')`)
    const newer = await run(['client:list'])
    expect(JSON.parse(newer.stderr)).toMatchObject({ error: { code: 'DATABASE_NEWER' } })
    expect(newer.status).toBe(4)
    await owner.run(sql`delete from supabase_migrations.schema_migrations where version = '999'`)
    expect(await run(['client:list'])).toMatchObject({ status: 0 })
  })

  test('a weak or sample secret is refused outside the embedded default', async () => {
    for (const JWT_SECRET of ['short', 'your-super-secret-jwt-token-with-at-least-32-characters-long']) {
      const ended = await run(invite('--invitee', 'a@b.example'), { JWT_SECRET })
      expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'SECRET_WEAK' } })
      expect(ended.status).toBe(4)
      expect(ended.stderr).not.toContain(JWT_SECRET)
    }
  })

  test('a configuration file with a mistake is refused with the place', async () => {
    const cwd = tempFolder({ 'package.json': '{}' })
    writeFileSync(
      join(cwd, 'client.json'),
      '{"clientCode": "other", "legalName": "Other", "region": "EU", "regoin": "EU"}',
    )
    const ended = await flowsDb('client:create --config client.json --json', { cwd, environment })
    expect(JSON.parse(ended.stderr)).toMatchObject({
      error: { code: 'CLIENT_CONFIG_INVALID', message: expect.stringContaining('regoin') },
    })
    expect(ended.status).toBe(2)
  })
})
