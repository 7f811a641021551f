import { expect, test } from 'vitest'
import { updateApplication } from '../../src/applications/update-application.ts'
import { sql } from '../../src/database/sql.ts'
import { createInvitation } from '../../src/invitations/create-invitation.ts'
import { listInvitations } from '../../src/invitations/list-invitations.ts'
import { resendInvitation } from '../../src/invitations/resend-invitation.ts'
import { newClient } from '../invitations/client.ts'
import { keys } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { mailServer } from '../support/mail-server.ts'

const { staff } = await testDatabase()
const mailbox = { prefix: 'setup', domain: 'thepia.example' }
const invitee = {
  fullName: 'Åda <b>Lovelace</b>',
  companyEmail: 'ada@acme.example',
  privateEmail: 'ada@home.example',
}

/** The headers and the decoded parts of a mail as it came over the wire. */
function readMail(source: string): { headers: Map<string, string>; parts: Record<string, string> } {
  const headersOf = (text: string) =>
    new Map(
      text
        .replaceAll(/\r\n[ \t]+/g, ' ')
        .split('\r\n')
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    )
  const split = (text: string): [string, string] => {
    const at = text.indexOf('\r\n\r\n')
    return [text.slice(0, at), text.slice(at + 4)]
  }
  const [head, body] = split(source)
  const headers = headersOf(head)
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1] ?? ''
  const parts: Record<string, string> = {}
  for (const part of body.split(`--${boundary}`).slice(1, -1)) {
    const [partHead, text] = split(part.slice(2))
    const partHeaders = headersOf(partHead)
    const kind = partHeaders.get('content-type')?.split(';')[0] ?? ''
    parts[kind] = decode(text, partHeaders.get('content-transfer-encoding') ?? '')
  }
  return { headers, parts }
}

function decode(text: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString()
  if (encoding !== 'quoted-printable') return text
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

async function send(smtpUrl: string, more: { patience?: number } = {}) {
  const client = await newClient(staff)
  const settings = { branding: { title: 'Leaving "Acme" & Co', primaryColor: '#aa0000' } }
  await updateApplication(staff, client.id, 'offboarding', { settings })
  const draft = { clientCode: client.clientCode, appCode: 'offboarding', invitee }
  return createInvitation(staff, draft, keys, { post: { smtpUrl, mailbox, ...more } })
}

test('the mail arrives under the client’s name and colour, with the link in the fragment, as text and as HTML', async () => {
  const server = await mailServer()
  const issued = await send(server.url)
  expect(issued).toMatchObject({ status: 'pending', delivery: 'sent', deliveryFault: null })
  const [received] = server.received
  expect(received).toMatchObject({ from: 'setup@thepia.example', to: ['ada@acme.example'] })
  const { headers, parts } = readMail(received?.source ?? '')
  expect(headers.get('auto-submitted')).toBe('auto-generated')
  expect(headers.get('list-unsubscribe')).toBe(
    `<mailto:setup@thepia.example?subject=Stop%20${issued.invitationCode}>`,
  )
  expect(headers.get('message-id')).toMatch(/^<[^@\s]+@thepia\.example>$/)
  expect(Date.parse(headers.get('date') ?? '')).toBeGreaterThan(Date.now() - 60_000)
  expect([...headers.keys()]).not.toContain('bcc')
  expect(headers.get('to')).toContain('<ada@acme.example>')
  const [text = '', html = ''] = [parts['text/plain'], parts['text/html']]
  expect(text).toContain(`https://flows.thepia.net/#t=${issued.token}`)
  expect(text).toContain('Hello Åda <b>Lovelace</b>,')
  expect(text).toContain('A Company invites you to Leaving "Acme" & Co.')
  expect(html).toContain(`href="https://flows.thepia.net/#t=${issued.token}"`)
  expect(html).toContain('Åda &lt;b&gt;Lovelace&lt;/b&gt;')
  expect(html).toContain('background: #aa0000')
  expect(text + html).not.toMatch(/\{\{|undefined|ada@home/)
})

test('a mail that could not be sent is listed by the code of its invitation, and goes out when it is resent', async () => {
  const failed = await send('smtp://127.0.0.1:1')
  expect(failed).toMatchObject({ delivery: 'failed', deliveryFault: 'unreachable' })
  const { clientCode, invitationCode, token } = failed
  expect(await listInvitations(staff, { clientCode, delivery: 'failed' })).toMatchObject([
    { invitationCode, delivery: 'failed', deliveryFault: 'unreachable' },
  ])
  const server = await mailServer()
  const post = { smtpUrl: server.url, mailbox }
  const resent = await resendInvitation(staff, invitationCode, { token, clientCode }, keys, { post })
  expect(resent).toMatchObject({ delivery: 'sent', supersedes: invitationCode })
  const { headers, parts } = readMail(server.received[0]?.source ?? '')
  expect(headers.get('subject')).toContain('Your_new_link')
  expect(parts['text/plain']).toContain(`#t=${resent.token}`)
  expect(parts['text/plain']).not.toContain(token)
  expect(await listInvitations(staff, { clientCode, delivery: 'sent' })).toMatchObject([
    { invitationCode: resent.invitationCode },
  ])
})

test.each([
  [550, 'refused'],
  [451, 'deferred'],
] as const)(
  'a recipient who is answered with %i is noted as %s, without the address',
  async (responseCode, fault) => {
    const { url } = await mailServer({
      onRcptTo: ({ address }, _, done) =>
        done(Object.assign(new Error(`no ${address} here`), { responseCode })),
    })
    const { delivery, deliveryFault, clientCode } = await send(url)
    expect({ delivery, deliveryFault }).toEqual({ delivery: 'failed', deliveryFault: fault })
    const listed = await listInvitations(staff, { clientCode, delivery: 'failed' })
    expect(JSON.stringify(listed)).not.toMatch(/ada|acme\.example/)
  },
)

test('a mail server that does not answer in time is given up, and one that refuses the login told apart', async () => {
  const slow = await mailServer({ onMailFrom: () => undefined })
  expect(await send(slow.url, { patience: 300 })).toMatchObject({ deliveryFault: 'timed_out' })
  const closed = await mailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_, __, done) => done(new Error('bad password')),
  })
  const withUser = closed.url.replace('smtp://', 'smtp://user:wrong@')
  expect(await send(withUser)).toMatchObject({ deliveryFault: 'login' })
})

test('an invitation that nobody is named in is not mailed, and not issued either', async () => {
  const client = await newClient(staff)
  const draft = { clientCode: client.clientCode, appCode: 'offboarding', invitee: {}, maxUses: 5 }
  const post = { smtpUrl: 'smtp://127.0.0.1:1', mailbox }
  expect(await failureOf(createInvitation(staff, draft, keys, { post }))).toMatchObject({
    code: 'INVITATION_INVITEE_INVALID',
    message: 'There is no address that the mail could go to',
  })
  const { issued } = await staff.one<{ issued: number }>(sql`
    select count(*) as issued from flows.invitations where client_id = ${client.id}`)
  expect(issued).toBe(0)
})

test('settings that a client writes put neither markup nor headers into a mail', async () => {
  const server = await mailServer()
  const client = await newClient(staff)
  const branding = { title: 'X\r\nBcc: evil@evil.example', primaryColor: 'red" onclick="x' }
  await updateApplication(staff, client.id, 'offboarding', { settings: { branding } })
  const draft = { clientCode: client.clientCode, appCode: 'offboarding', invitee }
  await createInvitation(staff, draft, keys, { post: { smtpUrl: server.url, mailbox } })
  expect(server.received[0]?.to).toEqual(['ada@acme.example'])
  const { headers, parts } = readMail(server.received[0]?.source ?? '')
  expect([...headers.keys()]).not.toContain('bcc')
  expect(parts['text/html']).not.toContain('onclick')
})
