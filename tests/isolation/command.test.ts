import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { url, owner } = await testDatabase()

function prove(words: readonly string[], files: Record<string, string> = {}) {
  const cwd = tempFolder({ 'package.json': '{}', ...files })
  return { cwd, ended: flowsDb(['isolation:prove', ...words], { cwd, environment: { DATABASE_URL: url } }) }
}

test('the matrix, what is proved and the time are told, with status 0', async () => {
  const { status, stdout, stderr } = await prove([]).ended
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('RELATION')
  expect(stdout).toMatch(/flows\.invitations +----- +o---- +o---- +-----/)
  expect(stdout).toMatch(/Isolated\. \d+ attacks in [\d.]+ s, 0 leaks, 0 unproven\./)
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

test('--json gives the report, and files are written as SARIF, HTML and JUnit', async () => {
  const { cwd, ended } = prove(['--json', '--sarif', 'a.sarif', '--html', 'a.html', '--junit', 'a.xml'])
  const { status, stdout } = await ended
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    verdict: 'isolated',
    cells: expect.any(Array),
    leaks: [],
    unproven: [],
    seconds: expect.any(Number),
  })
  expect(JSON.parse(readFileSync(join(cwd, 'a.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' })
  expect(readFileSync(join(cwd, 'a.html'), 'utf8')).toContain('class="matrix"')
  expect(readFileSync(join(cwd, 'a.xml'), 'utf8')).toContain('<testsuite name="isolation"')
})

test('a leak is status 8 with the SQL that closes it, a waiver lets it pass until its day, and an unproven cell counts too', async () => {
  await owner.script(
    'create view flows.all_codes as select client_code from flows.clients; grant select on flows.all_codes to authenticated',
  )
  try {
    const open = await prove([]).ended
    expect(open.status).toBe(8)
    expect(open.stdout).toContain('LEAK member reads rows of another client in flows.all_codes')
    expect(open.stdout).toContain('alter view "flows"."all_codes" set (security_invoker = true);')
    const waivers = (expires: string) =>
      JSON.stringify(
        ['read', 'view-without-invoker'].map((rule) => ({
          rule,
          object: 'flows.all_codes',
          reason: 'public names',
          expires,
        })),
      )
    expect((await prove([], { 'isolation-waivers.json': waivers('2999-01-01') }).ended).status).toBe(0)
    const expired = await prove(['--waivers', 'old.json'], { 'old.json': waivers('2020-01-01') }).ended
    expect(expired.status).toBe(8)
    expect(expired.stdout).toContain('waiver read on flows.all_codes is expired (2020-01-01)')
  } finally {
    await owner.script('drop view flows.all_codes')
  }
  await owner.script(`create table flows.sealed (client_id uuid not null, check (false));
    alter table flows.sealed enable row level security, force row level security;
    grant select on flows.sealed to authenticated`)
  try {
    expect((await prove([]).ended).status).toBe(8)
    expect((await prove(['--allow-unproven']).ended).status).toBe(0)
  } finally {
    await owner.script('drop table flows.sealed')
  }
})

test('a family that does not exist is a wrong command line', async () => {
  const { status, stderr } = await prove(['--family', 'reed', '--json']).ended
  expect(status).toBe(2)
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'ISOLATION_FAMILY_UNKNOWN' } })
})
