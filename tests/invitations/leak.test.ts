import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { actAs } from '../../src/database/act-as.ts'
import { type ConnectOptions, connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { sql } from '../../src/database/sql.ts'
import { cleanupInvitations } from '../../src/invitations/cleanup-invitations.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'
import { mailServer } from '../support/mail-server.ts'
import { expire, invite, newClient } from './client.ts'
import { authority, jwtSecret, keys, masterKey } from './forge.ts'
import { type Mark, mark, marksInFiles, marksInTables } from './marks.ts'

const name = `Zephyrina${randomBytes(4).toString('hex')}`
const mailbox = `zephyrina.${randomBytes(4).toString('hex')}`
const host = `${randomBytes(4).toString('hex')}-marked.example`
const marks: Mark[] = [mark(name), mark(mailbox), mark(host)]

const base = mkdtempSync(join(tmpdir(), 'flows-db-leak-'))
chmodSync(base, 0o755)
const folder = join(base, '.flows-db')
const opened: Connection[] = []
afterAll(async () => {
  await Promise.all(opened.map((connection) => connection.close()))
  await stopEmbedded({ folder })
  rmSync(base, { recursive: true, force: true })
})
const server = await ensureEmbedded({ folder })
const open = async (url: string, options: ConnectOptions = {}): Promise<Connection> => {
  const connection = await connect(url, options)
  opened.push(connection)
  return connection
}
const owner = await open(server.url)
await migrateUp(owner, packagePath('migrations'))
const staff = await open(server.url, { role: 'flows_staff', size: 4 })
const authenticator = await open(server.authenticatorUrl)
const admin = await open(server.adminUrl)

const client = await newClient(staff)
const environment = {
  FLOWS_DB_DIR: folder,
  JWT_SECRET: jwtSecret,
  FLOWS_MASTER_KEY: masterKey.toString('base64'),
}
const invitee = (number: number) => ({
  fullName: `${name} ${number}`,
  companyEmail: `${mailbox}+${number}@${host}`,
  privateEmail: `${mailbox}@${number}.${host}`,
})

/** Issues 1,000 invitations, a hundred at a time: on a busy machine the last of all at once would not be waited for. */
async function issue(): Promise<string[]> {
  const tokens: string[] = []
  while (tokens.length < 1_000) {
    const numbers = Array.from({ length: 100 }, (_, index) => tokens.length + index)
    const issued = numbers.map((number) => invite(staff, client, { invitee: invitee(number) }))
    tokens.push(...(await Promise.all(issued)).map(({ token }) => token))
  }
  return tokens
}

function redeemByApi(token: string, readOnly: boolean): Promise<unknown> {
  const actor = {
    role: 'authenticated',
    claims: { sub: randomUUID(), email: `${mailbox}@${host}` },
    readOnly,
  }
  return actAs(authenticator, actor, (tx) => tx.one(sql`select * from flows.redeem_invitation(${token})`))
}

/** Lets everything happen that can happen to an invitation, and gives the marks of the tokens that it happened to. */
async function live(tokens: readonly string[]): Promise<Mark[]> {
  const [validated = '', redeemed = '', byApi = '', byGet = '', revoked = '', expired = ''] = tokens
  expect(await validateInvitation(staff, validated, keys)).toMatchObject({ invitee: invitee(0) })
  await validateInvitation(staff, `${validated}=`, keys)
  for (let round = 0; round < 2; round += 1) {
    await redeemInvitation(staff, redeemed, { authority, userId: randomUUID() })
    await redeemByApi(byApi, false)
    await expect(redeemByApi(byGet, true)).rejects.toThrow()
  }
  const subject = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub
  await revokeInvitation(staff, subject(revoked))
  await validateInvitation(staff, revoked, keys)
  await expire(owner, client.id, subject(expired))
  await cleanupInvitations(staff)
  return tokens.slice(0, 6).map((token) => {
    const signature = token.split('.')[2] ?? ''
    return { text: 'a token', spellings: [signature, Buffer.from(signature, 'base64url').toString('hex')] }
  })
}

test('1,000 invitations with marked names and addresses leave no mark in any table, log or file', async () => {
  const tokens = await live(await issue())
  const all = [...marks, ...tokens]
  expect(await marksInTables(admin, all)).toEqual([])
  await admin.run(sql`checkpoint`)
  const { files, found } = marksInFiles(base, all)
  expect(found).toEqual([])
  expect(files).toBeGreaterThan(500)
})

test('command lines that fail show no mark, in text, in JSON or with --debug, and leave none behind', async () => {
  const where = ['--client', client.clientCode, '--app', 'offboarding']
  const address = `${mailbox}@${host}`
  const person = ['--full-name', name, '--invitee', address]
  const lines: (readonly string[])[] = [
    [...where, ...person, '--permission', 'admin'],
    [...where, ...person, '--max-uses', '0'],
    [...where, ...person, '--expires-in', '10y'],
    [...where, ...person, '--restriction', 'domain=other.example'],
    [...where, ...person, '--restriction', address],
    [...where, ...person, '--private-email', `${mailbox}@@${host}`],
    [...where, '--full-name', name.repeat(20), '--invitee', address],
    [...where, '--invitee', `${name} <${address}>`],
    [...where, '--full-name', 'Ada', name, '--invitee', address],
    [...where, address],
    [...where, ...person, ...person],
    [...where, ...person, '--no-such-flag', name],
    ['--client', 'nobody', '--app', 'offboarding', ...person],
    ['--client', address, '--app', 'offboarding', ...person],
    ['--client', client.clientCode, '--app', 'nothing', ...person],
  ]
  const cwd = base
  const endings: Ended[] = []
  for (const line of lines) {
    endings.push(await flowsDb(['invitation:create', ...line, '--debug'], { cwd, environment }))
  }
  const created = ['invitation:create', ...where, ...person]
  const otherMaster = { ...environment, FLOWS_MASTER_KEY: randomBytes(32).toString('base64') }
  const unreachable = { ...environment, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
  endings.push(await flowsDb([...created, '--debug'], { cwd, environment: otherMaster }))
  endings.push(await flowsDb([...created, '--debug', '--json'], { cwd, environment: unreachable }))
  endings.push(await flowsDb([...created, '--max-uses', '0', '--debug', '--json'], { cwd, environment }))
  expect(endings.map(({ status }) => status)).not.toContain(0)
  for (const { stdout, stderr } of endings) {
    expect(stderr).not.toBe('')
    const shown = stdout + stderr
    expect({ shown, marks: marks.filter(({ text }) => shown.includes(text)) }).toEqual({ shown, marks: [] })
  }
  expect(await marksInTables(admin, marks)).toEqual([])
  await admin.run(sql`checkpoint`)
  expect(marksInFiles(base, marks).found).toEqual([])
})

test('lists, mails that fail, new links and erasure leave marks in the result file and the mail only', async () => {
  const address = `${mailbox}@${host}`
  const path = join(base, 'results.jsonl')
  const csv = [
    'fullName,companyEmail,privateEmail,permissions',
    `${name},${address},,documents:read`,
    `${name},${address},,`,
    `${name},@${host},,`,
    `${name},x${address},,admin`,
    `${name},${address}`,
    `"${name} unclosed,${address}`,
  ].join('\n')
  const where = ['--client', client.clientCode, '--app', 'offboarding']
  const mails = { SETUP_EMAIL_PREFIX: 'setup', SETUP_EMAIL_DOMAIN: 'thepia.example' }
  const run = (words: readonly string[], more: Record<string, string> = {}, input = '') =>
    flowsDb(words, { cwd: base, environment: { ...environment, ...mails, ...more }, input })
  const server = await mailServer()
  const refusing = await mailServer({
    onRcptTo: (recipient, _, done) => done(new Error(`${recipient.address} is not ${name}`)),
  })
  const create = [
    'invitation:create',
    ...where,
    '--full-name',
    name,
    '--invitee',
    address,
    '--send',
    '--json',
  ]
  const down = await run([...create, '--debug'], { SMTP_URL: 'smtp://127.0.0.1:1' })
  const refused = await run([...create, '--debug'], { SMTP_URL: refusing.url })
  const { token, invitationCode } = JSON.parse(refused.stdout)
  const imported = [
    await run(['invitation:import', '-', ...where, '--result', path, '--debug'], {}, csv),
    await run(
      ['invitation:import', '-', ...where, '--result', path],
      {},
      csv.split('\n').slice(0, 6).join('\n'),
    ),
    await run(
      ['invitation:import', '-', ...where, '--dry-run', '--json'],
      {},
      csv.split('\n').slice(0, 6).join('\n'),
    ),
  ]
  const mailing = ['invitation:import', '-', ...where, '--send', '--debug', '--result']
  const list = csv.split('\n').slice(0, 6).join('\n')
  const mailed = [
    await run([...mailing, `${path}.refused`], { SMTP_URL: refusing.url }, list),
    await run([...mailing, `${path}.down`, '--json'], { SMTP_URL: 'smtp://127.0.0.1:1' }, list),
  ]
  const resend = ['invitation:resend', invitationCode, '--send']
  const resent = [
    await run(
      [...resend, '--token-file', '-', '--json', '--debug'],
      { SMTP_URL: 'smtp://127.0.0.1:1' },
      `${token}x`,
    ),
    await run([...resend, '--token-file', '-'], { SMTP_URL: server.url }, token),
    await run([...resend, '--invitee', address, '--debug'], { SMTP_URL: server.url }),
    await run(['invitation:redeem', '--address', address, '--debug'], {}, token),
    await run(['privacy:erase', '--invitation', invitationCode, '--confirm', invitationCode, '--debug']),
    await run(['invitation:validate', '--online'], {}, token),
  ]
  expect([down, refused, ...imported, ...mailed, ...resent].map(({ status }) => status)).toEqual([
    1, 1, 2, 1, 1, 1, 1, 8, 0, 5, 4, 0, 8,
  ])
  expect(server.received).toHaveLength(1)
  const signature = String(token).split('.')[2] ?? ''
  for (const { stdout, stderr } of [...imported, ...mailed, ...resent]) {
    const shown = stdout + stderr
    const found = [...marks.map(({ text }) => text), signature].filter((text) => shown.includes(text))
    expect({ shown, found }).toEqual({ shown, found: [] })
  }
  // These two show the token, which is what they are asked for; the names in it are encrypted.
  for (const { stdout, stderr } of [down, refused]) {
    const shown = stdout + stderr
    expect({ shown, found: marks.filter(({ text }) => shown.includes(text)) }).toEqual({ shown, found: [] })
    expect(stderr).not.toContain('eyJ')
  }
  const issued = mark(signature)
  expect(await marksInTables(admin, [...marks, issued])).toEqual([])
  await admin.run(sql`checkpoint`)
  expect(marksInFiles(folder, [...marks, issued]).found).toEqual([])
  expect(marksInFiles(base, [...marks, issued]).found).toEqual([])
})

test('a mark that is there is found: in a table, in the log, in WAL and in the data files', async () => {
  await owner.run(sql`update flows.clients set legal_name = ${`A ${name}`} where id = ${client.id}`)
  await owner.run(sql`create table public.encoded (hidden bytea, text text)`)
  await owner.run(sql`
    insert into public.encoded values (${Buffer.from(mailbox)}, ${Buffer.from(`.${host}.`).toString('base64')})`)
  // Our servers log no statement; this session is made to.
  const talkative = 'set log_min_messages = error; set log_min_error_statement = error'
  await expect(admin.script(`${talkative}; select '${host}' / 0`)).rejects.toThrow()
  expect(await marksInTables(admin, marks)).toEqual(['flows.clients', 'public.encoded'])
  await admin.run(sql`checkpoint`)
  const { found } = marksInFiles(base, marks)
  expect(found.filter((path) => path.includes('pg_wal'))).not.toEqual([])
  expect(found.filter((path) => path.includes('/base/'))).not.toEqual([])
  expect(found.filter((path) => path.endsWith('.log'))).not.toEqual([])
})
