import { expect, test } from 'vitest'
import { dnsRecord } from '../../src/clients/dns-record.ts'
import { sendSetupMail } from '../../src/clients/send-setup-mail.ts'
import { setupAddress, setupMailbox, writeSetupMail } from '../../src/clients/setup-mail.ts'
import { mailServer } from '../support/mail-server.ts'

const mailbox = { prefix: 'setup', domain: 'thepia.example' }
const content = {
  client: {
    id: '11111111-1111-4111-8111-111111111111',
    clientCode: 'acme',
    legalName: 'Acme & <b>Sons</b>',
    domain: 'acme.thepia.net',
    tier: 'free',
    region: 'EU',
    status: 'active',
    createdAt: new Date(0),
    bucketId: 'flows-acme',
    applications: ['offboarding'],
  },
  dnsRecord: { type: 'CNAME', name: 'acme.thepia.net', value: 'flows.thepia.net', ttl: 3_600 },
} as const

test('the setup address is the mailbox with the client code behind a plus', () => {
  expect(setupAddress(mailbox, 'acme')).toBe('setup+acme@thepia.example')
})

test('without a prefix or a domain there is no mailbox', () => {
  expect(setupMailbox({ setupEmailPrefix: 'setup', setupEmailDomain: undefined })).toBeUndefined()
  expect(setupMailbox({ setupEmailPrefix: undefined, setupEmailDomain: 'thepia.example' })).toBeUndefined()
})

test('the setup mail leaves no gap of its templates open', async () => {
  const { text, html } = await writeSetupMail(mailbox, content)
  expect(text).toContain('acme.thepia.net. 3600 IN CNAME flows.thepia.net.')
  expect(`${text}${html}`).not.toMatch(/\{\{|\}\}|undefined/)
})

test('what a client is called is text in the HTML of its mail, never markup', async () => {
  const { text, html } = await writeSetupMail(mailbox, content)
  expect(html).toContain('Acme &amp; &lt;b&gt;Sons&lt;/b&gt;')
  expect(text).toContain('Acme & <b>Sons</b> (acme) is registered.')
})

test('the setup mail arrives at the mail server, as text and as HTML', async () => {
  const server = await mailServer()
  expect(await sendSetupMail(server.url, mailbox, content)).toEqual({ sent: true })
  expect(server.received).toEqual([
    { from: 'setup@thepia.example', to: ['setup+acme@thepia.example'], source: expect.any(String) },
  ])
  const source = server.received[0]?.source ?? ''
  for (const part of ['Subject: Set up acme', 'text/plain', 'text/html', 'flows-acme'])
    expect(source).toContain(part)
})

test('no mail is tried without a mail server or without a mailbox', async () => {
  const server = await mailServer()
  expect(await sendSetupMail(undefined, mailbox, content)).toBeNull()
  expect(await sendSetupMail(server.url, undefined, content)).toBeNull()
  expect(server.received).toEqual([])
})

test('a mail server that is down is told, and nothing is thrown', async () => {
  expect(await sendSetupMail('smtp://127.0.0.1:1', mailbox, content)).toEqual({
    sent: false,
    error: 'No mail server answers at 127.0.0.1:1',
  })
})

test('a mail server that refuses the mail is told by its number, without any address', async () => {
  const refuse = {
    onRcptTo: (_: unknown, __: unknown, done: (error: Error) => void) => done(new Error('no such box')),
  }
  const { url, host, received } = await mailServer(refuse)
  expect(await sendSetupMail(url, mailbox, content)).toEqual({
    sent: false,
    error: `The mail server ${host} did not take the mail (550)`,
  })
  expect(received).toEqual([])
})

test('a wrong password for the mail server is told as such', async () => {
  const { host } = await mailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_, __, done) => done(new Error('bad password')),
  })
  expect(await sendSetupMail(`smtp://user:wrong@${host}`, mailbox, content)).toEqual({
    sent: false,
    error: `The mail server ${host} refused the user or password (535)`,
  })
})

test.each([
  ['the host of SUPABASE_URL', 'https://abcdefgh.supabase.co', 'abcdefgh.supabase.co'],
  ['the audience where there is no Supabase project', undefined, 'flows.thepia.net'],
  ['the audience where the project is on this machine', 'http://127.0.0.1:54321', 'flows.thepia.net'],
  ['the audience where the project has no domain name', 'http://[::1]:54321', 'flows.thepia.net'],
])('the DNS record leads to %s', (_, supabaseUrl, value) => {
  expect(dnsRecord('acme.thepia.net', { supabaseUrl, jwtAudience: 'flows.thepia.net' })).toEqual({
    type: 'CNAME',
    name: 'acme.thepia.net',
    value,
    ttl: 3_600,
  })
})
