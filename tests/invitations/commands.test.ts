import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/clients/client.ts'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { expire, newClient } from './client.ts'
import { forge, goodClaims, goodHeader, jwtSecret, masterKey } from './forge.ts'

const { url, owner, staff } = await testDatabase()
const secrets = { JWT_SECRET: jwtSecret, FLOWS_MASTER_KEY: masterKey.toString('base64') }
let client: Client
beforeAll(async () => {
  client = await newClient(staff)
})

function run(
  words: readonly string[],
  more: { input?: string; files?: Record<string, string> } = {},
): Promise<Ended> {
  const { files = {}, ...rest } = more
  return flowsDb(words, { cwd: tempFolder(files), environment: { ...secrets, DATABASE_URL: url }, ...rest })
}

function create(...more: readonly string[]): Promise<Ended> {
  const where = ['--client', client.clientCode, '--app', 'offboarding']
  return run(['invitation:create', ...where, '--invitee', 'ada@acme.example', ...more])
}

async function issue(
  ...more: readonly string[]
): Promise<{ id: string; invitationCode: string; token: string }> {
  return JSON.parse((await create('--json', ...more)).stdout)
}

function errorOf({ stderr }: Ended): { code: string; message: string; hint: string } {
  return JSON.parse(stderr).error
}

test('invitation:create gives one document with the token, and nothing on standard error', async () => {
  const { status, stdout, stderr } = await create(
    ...[
      '--full-name',
      'Ada Lovelace',
      '--private-email',
      'ada@home.example',
      '--permission',
      'documents:read',
    ],
    ...['--restriction', 'mfa=true', '--max-uses', '2', '--expires-in', '12h', '--json'],
  )
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const issued = JSON.parse(stdout)
  expect(issued).toEqual({
    id: expect.any(String),
    invitationCode: expect.any(String),
    clientCode: client.clientCode,
    appCode: 'offboarding',
    status: 'pending',
    maxUses: 2,
    usedCount: 0,
    expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
    url: `https://flows.thepia.net/#t=${issued.token}`,
  })
})

test('invitation:create says to a person that the token is shown only now, and names nobody', async () => {
  const { stdout } = await create('--full-name', 'Ada Lovelace')
  expect(stdout).toContain('Token, shown only now:\neyJ')
  expect(stdout).toContain('https://flows.thepia.net/#t=eyJ')
  expect(stdout).not.toMatch(/Ada|acme\.example/)
})

test('invitation:create --dry-run shows no token, for it would never be accepted', async () => {
  const { status, stdout } = await create('--dry-run', '--json')
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ status: 'pending', token: null, url: null })
  const { found } = await staff.one<{ found: number }>(
    sql`select count(*) as found from flows.invitations where id = ${JSON.parse(stdout).id}`,
  )
  expect(found).toBe(0)
})

test.each([
  [['--permission', 'admin'], 2, 'INVITATION_PERMISSION_UNKNOWN'],
  [['--restriction', 'device=laptop'], 2, 'INVITATION_RESTRICTION_INVALID'],
  [['--max-uses', 'many'], 2, 'INVITATION_MAX_USES_INVALID'],
  [['--max-uses', '10001'], 2, 'INVITATION_MAX_USES_INVALID'],
  [['--expires-in', '367d'], 2, 'INVITATION_EXPIRY_INVALID'],
  [['--expires-in', 'tomorrow'], 2, 'DURATION_INVALID'],
  [['--private-email', 'nowhere'], 2, 'INVITATION_INVITEE_INVALID'],
  [['--full-name', ''], 2, 'INVITATION_INVITEE_INVALID'],
])('invitation:create %j ends with status %i and %s', async (words, status, code) => {
  const ended = await create('--json', ...words)
  expect({ status: ended.status, stdout: ended.stdout, code: errorOf(ended).code }).toEqual({
    status,
    stdout: '',
    code,
  })
})

test('invitation:validate needs no database and no other setting than JWT_SECRET', async () => {
  const { token } = await issue()
  const ended = await flowsDb(['invitation:validate', token, '--json'], {
    cwd: tempFolder(),
    environment: { JWT_SECRET: jwtSecret, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
  })
  expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' })
  const verdict = JSON.parse(ended.stdout)
  expect(verdict).toEqual({ valid: true, claims: expect.any(Object) })
  expect(verdict.claims.invitation.clientCode).toBe(client.clientCode)
})

test('a token comes as argument, by file or on standard input, with a line end or without', async () => {
  const { token } = await issue()
  const files = { 'invitation.jwt': `${token}\n` }
  const ways = [
    await run(['invitation:validate', token]),
    await run(['invitation:validate', '--token-file', 'invitation.jwt'], { files }),
    await run(['invitation:validate', '--token-file', '-'], { input: `${token}\n` }),
    await run(['invitation:validate'], { input: token }),
  ]
  for (const { status, stdout } of ways) {
    expect({ status, line: stdout.split('\n')[0] }).toEqual({
      status: 0,
      line: 'The token is valid. Its invitation was not looked up (--online).',
    })
  }
  const twice = await run(['invitation:validate', token, '--token-file', 'invitation.jwt', '--json'], {
    files,
  })
  expect({ status: twice.status, ...errorOf(twice) }).toMatchObject({
    status: 2,
    code: 'USAGE',
    message: 'The token is given twice',
  })
  const missing = await run(['invitation:validate', '--token-file', 'nowhere.jwt', '--json'])
  expect({ status: missing.status, code: errorOf(missing).code }).toEqual({
    status: 2,
    code: 'FILE_UNREADABLE',
  })
})

test('invitation:validate --online opens name and addresses, in JSON and for a person', async () => {
  const { token } = await issue('--full-name', 'Ada Lovelace')
  const json = await run(['invitation:validate', '--online', '--json'], { input: token })
  expect(JSON.parse(json.stdout)).toMatchObject({
    valid: true,
    online: { status: 'pending', usedCount: 0, maxUses: 1, clientStatus: 'active' },
    invitee: { fullName: 'Ada Lovelace', companyEmail: 'ada@acme.example' },
  })
  const { stdout } = await run(['invitation:validate', '--online'], { input: token })
  expect(stdout).toMatch(/^The token is valid, and its invitation can be redeemed\.\n/)
  expect(stdout).toMatch(/name +Ada Lovelace\n/)
  expect(stdout).toMatch(/used +0 of 1\n/)
})

test('what is not valid ends with 8, its reason on standard output', async () => {
  const foreign = forge(goodHeader, goodClaims(), 'another secret of good length, 32+')
  for (const [token, reason] of [
    ['x.y.z', 'malformed'],
    [foreign, 'signature'],
  ] as const) {
    const { status, stdout, stderr } = await run(['invitation:validate', '--json'], { input: token })
    expect({ status, stderr, ...JSON.parse(stdout) }).toEqual({
      status: 8,
      stderr: '',
      valid: false,
      reason,
      claims: null,
    })
  }
  const { id, token } = await issue()
  await expire(owner, client.id, id)
  const { status, stdout } = await run(['invitation:validate', '--online'], { input: token })
  expect(status).toBe(8)
  expect(stdout).toMatch(/^Not valid \(expired\): The invitation has expired\.\n/)
})

test('invitation:redeem makes a member; a second time it is refused with 4', async () => {
  const { id, token } = await issue('--permission', 'documents:read')
  const user = randomUUID()
  const first = await run(['invitation:redeem', '--user', user, '--json'], { input: token })
  expect({ status: first.status, ...JSON.parse(first.stdout) }).toEqual({
    status: 0,
    redeemed: true,
    invitationId: id,
    clientCode: client.clientCode,
    permissions: ['documents:read'],
  })
  const second = await run(['invitation:redeem', token, '--json'])
  expect({ status: second.status, stdout: second.stdout, ...errorOf(second) }).toMatchObject({
    status: 4,
    stdout: '',
    code: 'INVITATION_NOT_REDEEMABLE',
    message: 'The invitation has been used as often as it may be',
  })
  const refused = await staff.many(sql`
    select details from flows.audit_events where row_id = ${id} and verb = 'refuse'`)
  expect(refused).toEqual([{ details: { attempt: 'redeem', reason: 'redeemed' } }])
})

test('invitation:redeem --dry-run uses nothing up', async () => {
  const { id, token } = await issue()
  const { status } = await run(['invitation:redeem', '--dry-run', '--json'], { input: token })
  expect(status).toBe(0)
  expect(await staff.one(sql`select used_count from flows.invitations where id = ${id}`)).toEqual({
    usedCount: 0,
  })
})

test('a token that does not verify is not redeemed and ends with 8', async () => {
  const ended = await run(['invitation:redeem', 'x.y.z', '--json'])
  expect({ status: ended.status, ...errorOf(ended) }).toMatchObject({
    status: 8,
    code: 'INVITATION_NOT_VALID',
    message: 'This is not an invitation token',
  })
})

test('a full client is a quota exceeded: 6', async () => {
  const { token } = await issue()
  const full = await newClient(staff)
  await owner.run(sql`
    insert into flows.client_members (client_id, user_id)
    select ${full.id}, gen_random_uuid() from generate_series(1, 100)`)
  const issued = await run([
    ...['invitation:create', '--client', full.clientCode, '--app', 'offboarding'],
    ...['--invitee', 'ada@acme.example', '--json'],
  ])
  const input = JSON.parse(issued.stdout).token
  const ended = await run(['invitation:redeem', '--user', randomUUID(), '--json'], { input })
  expect({ status: ended.status, code: errorOf(ended).code }).toEqual({
    status: 6,
    code: 'MEMBER_LIMIT_REACHED',
  })
  expect((await run(['invitation:redeem', '--user', randomUUID()], { input: token })).status).toBe(0)
})

test('a deactivated client is refused with 4 at every step', async () => {
  const closed = await newClient(staff)
  const words = [
    'invitation:create',
    '--client',
    closed.clientCode,
    '--app',
    'offboarding',
    '--invitee',
    'a@b.example',
  ]
  const { token } = JSON.parse((await run([...words, '--json'])).stdout)
  await deactivateClient(staff, closed.clientCode)
  const creating = await run([...words, '--json'])
  expect({ status: creating.status, code: errorOf(creating).code }).toEqual({
    status: 4,
    code: 'CLIENT_INACTIVE',
  })
  const redeeming = await run(['invitation:redeem', '--json'], { input: token })
  expect({ status: redeeming.status, ...errorOf(redeeming) }).toMatchObject({
    status: 4,
    code: 'INVITATION_NOT_REDEEMABLE',
    message: 'The client of this invitation is deactivated',
  })
})

test('invitation:list, :revoke and :cleanup work on what was issued', async () => {
  const lister = await newClient(staff)
  const where = ['--client', lister.clientCode]
  const add = [
    'invitation:create',
    ...where,
    '--app',
    'offboarding',
    '--invitee',
    'ada@acme.example',
    '--json',
  ]
  const [first, second] = [await run(add), await run([...add, '--expires-in', '2h'])].map(({ stdout }) =>
    JSON.parse(stdout),
  )
  const lines = (await run(['invitation:list', ...where, '--jsonl'])).stdout.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).id)).toEqual([second.id, first.id])
  const soon = await run(['invitation:list', ...where, '--expiring-within', '24h', '--json'])
  const { token: _token, url: _url, ...listed } = second
  expect(JSON.parse(soon.stdout)).toEqual([listed])
  const revoked = await run(['invitation:revoke', first.invitationCode, ...where, '--json'])
  expect(JSON.parse(revoked.stdout)).toMatchObject({ id: first.id, status: 'revoked' })
  const again = await run(['invitation:revoke', first.invitationCode, '--json'])
  expect({ status: again.status, code: errorOf(again).code }).toEqual({
    status: 5,
    code: 'INVITATION_NOT_REVOCABLE',
  })
  await expire(owner, lister.id, second.id)
  const cleaned = await run(['invitation:cleanup', ...where, '--json'])
  expect(JSON.parse(cleaned.stdout)).toEqual({
    expired: 1,
    clients: [{ clientCode: lister.clientCode, expired: 1 }],
    shredded: { clients: [], signingKeys: 0 },
  })
  expect((await run(['invitation:cleanup', ...where])).stdout).toBe(
    'Nothing to do: no pending invitation is past its time.\n',
  )
  const unknown = await run(['invitation:list', '--client', 'nobody', '--json'])
  expect({ status: unknown.status, code: errorOf(unknown).code }).toEqual({
    status: 3,
    code: 'CLIENT_NOT_FOUND',
  })
  const limit = await run(['invitation:list', '--limit', '0', '--json'])
  expect({ status: limit.status, ...errorOf(limit) }).toMatchObject({
    status: 2,
    message: '--limit must be a whole number from 1 to 100000',
  })
})
