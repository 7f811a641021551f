import { expect, test } from 'vitest'
import { newClient } from '../invitations/client.ts'
import { jwtSecret, masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb } from '../support/flows-db.ts'
import { mailServer } from '../support/mail-server.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { staff, url } = await testDatabase()
const { clientCode } = await newClient(staff)
const line = ['--client', clientCode, '--app', 'offboarding', '--invitee', 'ada@acme.example', '--send']

function create(environment: Record<string, string>, ...more: readonly string[]) {
  const secrets = { JWT_SECRET: jwtSecret, FLOWS_MASTER_KEY: masterKey.toString('base64'), DATABASE_URL: url }
  const mailbox = { SETUP_EMAIL_PREFIX: 'setup', SETUP_EMAIL_DOMAIN: 'thepia.example' }
  return flowsDb(['invitation:create', ...line, ...more], {
    cwd: tempFolder(),
    environment: { ...secrets, ...mailbox, ...environment },
  })
}

test('invitation:create --send mails the link and does not show the token to a person', async () => {
  const server = await mailServer()
  const { status, stdout } = await create({ SMTP_URL: server.url })
  expect({ status, sent: server.received.length }).toEqual({ status: 0, sent: 1 })
  expect(stdout).toContain('The mail with the link is sent.')
  expect(stdout).not.toMatch(/eyJ|ada|acme\.example/)
})

test('a mail that does not go out leaves the invitation and its token in hand, and ends with status 1', async () => {
  const { status, stdout } = await create({ SMTP_URL: 'smtp://127.0.0.1:1' }, '--json')
  expect(status).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    delivery: 'failed',
    deliveryFault: 'unreachable',
    token: expect.stringMatching(/^eyJ/),
  })
})

test('without a mail server nothing is issued, and with --dry-run nothing is sent', async () => {
  const without = await create({}, '--json')
  expect({ status: without.status, error: JSON.parse(without.stderr).error }).toMatchObject({
    status: 2,
    error: { code: 'SETTING_MISSING', message: 'Mails need a mail server and a mailbox to come from' },
  })
  const server = await mailServer()
  expect((await create({ SMTP_URL: server.url }, '--dry-run')).status).toBe(0)
  expect(server.received).toEqual([])
})
