import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { Client } from '../../src/clients/client.ts'
import { sql } from '../../src/database/sql.ts'
import { importInvitations } from '../../src/invitations/import/import-invitations.ts'
import { readPeople } from '../../src/invitations/import/read-people.ts'
import { openResultFile, type RowResult } from '../../src/invitations/import/result-file.ts'
import { knownInvitations } from '../../src/invitations/known-invitations.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { newClient } from './client.ts'
import { jwtSecret, keys, masterKey } from './forge.ts'

const { owner, staff, url } = await testDatabase()

async function issuedTo({ id }: Client): Promise<number> {
  const { issued } = await staff.one<{ issued: number }>(
    sql`select count(*) as issued from flows.invitations where client_id = ${id}`,
  )
  return issued
}

function resultsIn(path: string): RowResult[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as RowResult)
}

async function importText(
  client: Client,
  text: string,
  path: string,
  batch = 500,
  format: 'csv' | 'jsonl' = 'csv',
) {
  const results = await openResultFile(path, (ids) => knownInvitations(staff, client.clientCode, ids))
  try {
    const terms = { clientCode: client.clientCode, appCode: 'offboarding', permissions: ['documents:read'] }
    return await importInvitations(staff, readPeople(Readable.from([text]), format), terms, keys, {
      results,
      batch,
    })
  } finally {
    await results.close()
  }
}

function run(client: Client, files: Record<string, string>, ...words: readonly string[]) {
  const cwd = tempFolder(files)
  const environment = {
    JWT_SECRET: jwtSecret,
    FLOWS_MASTER_KEY: masterKey.toString('base64'),
    DATABASE_URL: url,
  }
  const where = ['--client', client.clientCode, '--app', 'offboarding']
  return {
    cwd,
    import: (input = ''): Promise<Ended> =>
      flowsDb(['invitation:import', ...words, ...where, '--json'], { cwd, environment, input }),
  }
}

test('each row becomes an invitation of its own, and its token is in the result file, which nobody else reads', async () => {
  const client = await newClient(staff)
  const text =
    '\ufefffullName,companyEmail,permissions\r\n"Lovelace, Ada",ada@acme.example,documents:write\r\nBob,bob@acme.example,\r\n'
  const path = join(tempFolder(), 'people.csv.result.jsonl')
  expect(await importText(client, text, path)).toEqual({
    rows: 2,
    issued: 2,
    skipped: 0,
    refused: 0,
    refusals: [],
    mails: null,
  })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const [ada, bob] = resultsIn(path)
  if (ada?.status !== 'issued' || bob?.status !== 'issued') throw new Error('Not issued')
  expect(await validateInvitation(staff, ada.token, keys)).toMatchObject({
    valid: true,
    invitee: { fullName: 'Lovelace, Ada', companyEmail: 'ada@acme.example' },
    claims: { invitation: { permissions: ['documents:read', 'documents:write'] } },
  })
  expect(await validateInvitation(staff, bob.token, keys)).toMatchObject({ invitee: { fullName: 'Bob' } })
  expect([ada.line, bob.line]).toEqual([2, 3])
})

test('a row that cannot stand is refused by line and reason, and stops nobody else', async () => {
  const client = await newClient(staff)
  const rows = [
    'companyEmail,fullName,permissions',
    'ada@acme.example,Ada,',
    'ADA@ACME.example,Ada again,',
    'nowhere,Nobody,',
    'eve@acme.example,Eve,admin',
    'x@acme.example,too,many,fields',
    ',,',
    'bob@acme.example,Bob,',
  ]
  const path = join(tempFolder(), 'result.jsonl')
  expect(await importText(client, rows.join('\n'), path)).toMatchObject({
    issued: 2,
    refusals: [
      { line: 3, reason: 'duplicate' },
      { line: 4, reason: 'INVITATION_INVITEE_INVALID' },
      { line: 5, reason: 'INVITATION_PERMISSION_UNKNOWN' },
      { line: 6, reason: 'malformed' },
      { line: 7, reason: 'INVITATION_INVITEE_INVALID' },
    ],
  })
  expect(await issuedTo(client)).toBe(2)
})

test('JSON lines and standard input are read as well; what is no person is refused', async () => {
  const client = await newClient(staff)
  const lines = ['{"companyEmail":"ada@acme.example"}', '', '{"email":"x"}', '[]', '{', '{"companyEmail":1}']
  const started = run(client, {}, '-', '--format', 'jsonl', '--result', 'result.jsonl')
  const { status, stdout, stderr } = await started.import(lines.join('\n'))
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ rows: 5, issued: 1, refused: 4, resultFile: 'result.jsonl' })
  expect(resultsIn(join(started.cwd, 'result.jsonl'))).toHaveLength(5)
})

test.each([
  ['a heading with another column', 'email\nada@acme.example\n', 'Its first line must name its columns'],
  [
    'a quote that is never closed',
    'companyEmail\n"ada@acme.example\n',
    'It cannot be read as CSV after line 1',
  ],
])('a file with %s is refused without a word of what stands in it', async (_, text, message) => {
  const client = await newClient(staff)
  const { status, stdout, stderr } = await run(
    client,
    { 'people.csv': text },
    'people.csv',
    '--debug',
  ).import()
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(JSON.parse(stderr).error).toMatchObject({ code: 'IMPORT_FILE_INVALID' })
  expect(stderr).toContain(message)
  expect(stderr).not.toMatch(/ada|acme\.example/)
})

test('run again, it goes on where it was cut off: no row twice, no token of an invitation that does not exist', async () => {
  const client = await newClient(staff)
  const people = Array.from({ length: 50 }, (_, number) => `p${number}@acme.example`)
  const path = join(tempFolder(), 'result.jsonl')
  const text = (count: number) => ['companyEmail', ...people.slice(0, count)].join('\n')
  expect(await importText(client, text(20), path, 10)).toMatchObject({ issued: 20 })
  // As after a kill: the results of a batch whose transaction never ended, and half a line.
  const lost = {
    ...resultsIn(path)[0],
    line: 22,
    row: 'f'.repeat(64),
    id: '00000000-0000-4000-8000-000000000000',
  }
  appendFileSync(path, `${JSON.stringify(lost)}\n{"line":23,"row":"ab`)
  expect(await importText(client, text(50), path, 10)).toMatchObject({ issued: 30, skipped: 20, refused: 0 })
  expect(await issuedTo(client)).toBe(50)
  const results = resultsIn(path)
  expect(results.map(({ line }) => line)).toEqual(Array.from({ length: 50 }, (_, number) => number + 2))
  truncateSync(path, readFileSync(path).lastIndexOf(10, -2) + 1)
  expect(await importText(client, text(50), path)).toMatchObject({ issued: 1, skipped: 49 })
})

test('refused rows are tried again, and taken when they were mended', async () => {
  const client = await newClient(staff)
  const path = join(tempFolder(), 'result.jsonl')
  expect(await importText(client, 'companyEmail\na@acme.example\nnowhere', path)).toMatchObject({
    refused: 1,
  })
  expect(await importText(client, 'companyEmail\na@acme.example\nb@acme.example', path)).toMatchObject({
    issued: 1,
    skipped: 1,
    refused: 0,
  })
  expect(resultsIn(path).map(({ status }) => status)).toEqual(['issued', 'issued'])
})

test('a batch that is taken back leaves those before it', async () => {
  const client = await newClient(staff)
  await owner.run(sql`
    insert into flows.client_tiers (tier, max_users, storage_bytes, invitations_per_hour) values ('ten', 10, 1000000, 10)`)
  await owner.run(sql`update flows.clients set tier = 'ten' where id = ${client.id}`)
  const people = Array.from({ length: 20 }, (_, number) => `p${number}@acme.example`)
  const path = join(tempFolder(), 'result.jsonl')
  const importing = importText(client, ['companyEmail', ...people].join('\n'), path, 8)
  expect(await failureOf(importing)).toMatchObject({ code: 'INVITATION_RATE_LIMITED' })
  expect(await issuedTo(client)).toBe(8)
  expect(resultsIn(path)).toHaveLength(8)
})

test('--dry-run judges every row, and writes nothing anywhere', async () => {
  const client = await newClient(staff)
  const { cwd, import: start } = run(
    client,
    { 'people.csv': 'companyEmail\na@acme.example\nnowhere\n' },
    'people.csv',
    '--dry-run',
  )
  const { status, stdout } = await start()
  expect({ status, summary: JSON.parse(stdout) }).toMatchObject({
    status: 1,
    summary: { issued: 1, refused: 1 },
  })
  expect(await issuedTo(client)).toBe(0)
  expect(() => statSync(join(cwd, 'people.csv.result.jsonl'))).toThrow('ENOENT')
})

test('10,000 people are imported as a stream, and the command shows none of them', async () => {
  const client = await newClient(staff)
  const people = Array.from(
    { length: 10_000 },
    (_, number) => `person${number}@acme.example,Person ${number}`,
  )
  const { cwd, import: start } = run(client, {}, 'people.csv')
  writeFileSync(join(cwd, 'people.csv'), ['companyEmail,fullName', ...people].join('\n'))
  const { status, stdout, stderr } = await start()
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ rows: 10_000, issued: 10_000, refused: 0 })
  expect(stdout).not.toMatch(/person|eyJ/)
  expect(await issuedTo(client)).toBe(10_000)
  expect(resultsIn(join(cwd, 'people.csv.result.jsonl'))).toHaveLength(10_000)
}, 120_000)
