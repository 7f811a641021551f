import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { alertmanagerChannel } from '../../src/alerts/channels/alertmanager.ts'
import type { Channel } from '../../src/alerts/channels/channel.ts'
import { emailChannel } from '../../src/alerts/channels/email.ts'
import { slackChannel } from '../../src/alerts/channels/slack.ts'
import { stdoutChannel } from '../../src/alerts/channels/stdout.ts'
import { webhookChannel } from '../../src/alerts/channels/webhook.ts'
import { signWebhook, verifyWebhook } from '../../src/alerts/channels/webhook-signature.ts'
import { clearNotifications, deliverNotifications } from '../../src/alerts/deliver-notifications.ts'
import type { Notification } from '../../src/alerts/notice.ts'
import { insertNotifications, selectWaiting } from '../../src/alerts/notifications.queries.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { mailServer } from '../support/mail-server.ts'
import { httpReceiver } from './receiver.ts'

const { staff, owner } = await testDatabase()
const secret = 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe'
const begin = new Date('2026-03-01T12:00:00Z')
const later = (seconds: number) => new Date(begin.getTime() + seconds * 1_000)

const notification: Notification = {
  id: '8c8b0c4e-6a0d-4c0e-9d5a-0a8f9d3f0001',
  at: '2026-03-01T12:00:00.000Z',
  holds: 28_800,
  notices: [
    {
      kind: 'firing',
      fingerprint: '0123456789abcdef',
      rule: 'storage-90',
      severity: 'warning',
      clientCode: 'acme',
      since: '2026-03-01T12:00:00.000Z',
      value: 0.93,
      threshold: 0.9,
      summary: 'acme uses 93 % of its storage',
      remedy: 'client:update acme --tier <tier>',
    },
    {
      kind: 'resolved',
      fingerprint: 'fedcba9876543210',
      rule: 'migration-pending',
      severity: 'warning',
      clientCode: null,
      since: '2026-03-01T12:00:00.000Z',
      value: 0,
      threshold: 0,
      summary: '0 migrations are not applied',
      remedy: 'migrate:up',
    },
  ],
}

async function receiver() {
  const opened = await httpReceiver()
  onTestFinished(() => opened.close())
  return opened
}

/** Puts a message before a channel, as an evaluation at that moment would. */
function enqueue(channel: Channel, at: Date, rule = 'storage-90') {
  const notices = notification.notices.slice(0, 1).map((notice) => ({ ...notice, rule }))
  return insertNotifications(staff, [channel.name], { at: at.toISOString(), holds: 60, notices }, at)
}

beforeEach(() => owner.script('delete from flows_private.alert_notifications'))

test('a webhook is signed, so that its receiver knows who sent it and that nothing was changed', async () => {
  const { url, received } = await receiver()
  await webhookChannel(`${url}/hook`, secret).send(notification, begin)
  const [request] = received
  expect(request?.headers).toMatchObject({
    'idempotency-key': notification.id,
    'content-type': 'application/json',
  })
  expect(JSON.parse(request?.body ?? '')).toEqual(notification)
  const header = String(request?.headers['flows-signature'])
  const body = request?.body ?? ''
  expect(header).toMatch(/^t=1772366400,v1=[0-9a-f]{64}$/)
  expect(verifyWebhook(body, header, secret, { now: later(299) })).toBe(true)
  expect(verifyWebhook(body, header, secret, { now: later(301) })).toBe(false)
  expect(verifyWebhook(body, header, secret, { now: later(-301) })).toBe(false)
  expect(verifyWebhook(body, header, secret, { now: later(4_000), tolerance: 5_000 })).toBe(true)
  expect(verifyWebhook(body.replace('acme', 'evil'), header, secret, { now: begin })).toBe(false)
  expect(verifyWebhook(body, header, `${secret}x`, { now: begin })).toBe(false)
  expect(verifyWebhook(body, header.replace('t=1', 't=2'), secret, { now: begin })).toBe(false)
  for (const malformed of ['', 'v1=00', `${header},v1=${'0'.repeat(64)}`, header.toUpperCase()]) {
    expect(verifyWebhook(body, malformed, secret, { now: begin })).toBe(false)
  }
})

test('the signature is that of the scheme: HMAC-SHA256 of the seconds, a dot and the body', () => {
  // openssl dgst -sha256 -hmac key of "1772366400.{}"
  expect(signWebhook('{}', 'key', begin)).toBe(
    't=1772366400,v1=e0903b0a13ae309147ad9c0d5610f91b4dc2a68d24c5283b9348c3208ad1291a',
  )
})

test('Slack gets a text in which nothing is a link or a mention', async () => {
  const { url, received } = await receiver()
  await slackChannel(url).send(notification, begin)
  expect(JSON.parse(received[0]?.body ?? '')).toEqual({
    text: [
      '*flows-db: 1 alert firing, 1 resolved*',
      '- FIRING warning storage-90 acme: acme uses 93 % of its storage. Next: client:update acme --tier &lt;tier&gt;',
      '- RESOLVED warning migration-pending: 0 migrations are not applied.',
    ].join('\n'),
  })
})

test('an Alertmanager gets alerts of its v2 API, which end when they are over', async () => {
  const { url, received } = await receiver()
  await alertmanagerChannel(`${url}/`).send(notification, begin)
  expect(received[0]?.path).toBe('/api/v2/alerts')
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject([
    {
      labels: { alertname: 'storage-90', severity: 'warning', client: 'acme' },
      annotations: { summary: 'acme uses 93 % of its storage', fingerprint: '0123456789abcdef' },
      startsAt: '2026-03-01T12:00:00.000Z',
      endsAt: '2026-03-01T20:00:00.000Z',
    },
    {
      labels: { alertname: 'migration-pending', severity: 'warning' },
      endsAt: '2026-03-01T12:00:00.000Z',
    },
  ])
})

test('a mail goes to every address and has the same Message-ID whenever it is sent', async () => {
  const { url, received } = await mailServer()
  const channel = emailChannel({ smtpUrl: url, from: 'setup@thepia.net', to: ['a@ops.test', 'b@ops.test'] })
  await channel.send(notification, begin)
  await channel.send(notification, later(60))
  expect(received.map(({ from, to }) => ({ from, to }))).toEqual(
    Array.from({ length: 2 }, () => ({ from: 'setup@thepia.net', to: ['a@ops.test', 'b@ops.test'] })),
  )
  for (const { source } of received) {
    expect(source).toContain(`Message-ID: <${notification.id}@thepia.net>`)
    expect(source).toContain('Subject: flows-db: 1 alert firing, 1 resolved')
    expect(source).toContain('Auto-Submitted: auto-generated')
  }
})

test('standard output gets a line for each notice', async () => {
  const printed: string[] = []
  await stdoutChannel(async (text) => void printed.push(text)).send(notification, begin)
  expect(printed.join('').split('\n')).toEqual([
    '2026-03-01T12:00:00Z FIRING warning storage-90 acme: acme uses 93 % of its storage. Next: client:update acme --tier <tier>',
    '2026-03-01T12:00:00Z RESOLVED warning migration-pending: 0 migrations are not applied.',
    '',
  ])
})

test('a receiver that refuses, redirects or is not there has not taken the message, and its address stays secret', async () => {
  const { url, received, answer, close } = await httpReceiver()
  const channel = slackChannel(`${url}/services/T0/secret-part`)
  const host = new URL(url).host
  for (const status of [500, 404, 302]) {
    answer.status = status
    expect(await failureOf(channel.send(notification, begin))).toMatchObject({
      code: 'NOTIFICATION_FAILED',
      message: `${host} answered ${status} (channel slack)`,
    })
  }
  expect(received).toHaveLength(3)
  await close()
  expect(await failureOf(channel.send(notification, begin))).toMatchObject({
    code: 'NOTIFICATION_FAILED',
    message: `${host} does not answer (channel slack)`,
  })
})

test('what a receiver did not take is sent again, later and later, in its order and under the same key', async () => {
  const { url, received, answer } = await receiver()
  const channel = webhookChannel(url, secret)
  await enqueue(channel, begin, 'first')
  await enqueue(channel, later(1), 'second')
  answer.status = 503
  const tries: number[] = []
  for (let second = 2; second < 200; second += 2) {
    const before = received.length
    const { delivered, failures } = await deliverNotifications(staff, [channel], () => later(second))
    expect(delivered).toBe(0)
    if (received.length > before) {
      tries.push(second)
      expect(failures).toMatchObject([{ channel: 'webhook', error: { code: 'NOTIFICATION_FAILED' } }])
    }
  }
  expect(tries).toEqual([2, 12, 32, 72, 152])
  expect(await selectWaiting(staff)).toEqual([{ channel: 'webhook', waiting: 2 }])
  answer.status = 200
  expect(await deliverNotifications(staff, [channel], () => later(4_000))).toMatchObject({ delivered: 2 })
  const rules = received.map(({ body }) => JSON.parse(body).notices[0].rule)
  expect(rules).toEqual([...Array.from({ length: 6 }, () => 'first'), 'second'])
  expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(2)
  expect(await deliverNotifications(staff, [channel], () => later(9_000))).toMatchObject({ delivered: 0 })
})

test('a channel that does not answer keeps no other from its messages', async () => {
  const { url, received } = await receiver()
  const gone = await httpReceiver()
  await gone.close()
  const channels = [webhookChannel(gone.url, secret), slackChannel(url)]
  for (const channel of channels) await enqueue(channel, begin)
  const { delivered, failures } = await deliverNotifications(staff, channels, () => begin)
  expect({ delivered, failed: failures.map(({ channel }) => channel) }).toEqual({
    delivered: 1,
    failed: ['webhook'],
  })
  expect(received).toHaveLength(1)
})

test('twenty senders at once send each message once', async () => {
  const { url, received } = await receiver()
  const channel = webhookChannel(url, secret)
  for (let count = 0; count < 30; count += 1) await enqueue(channel, later(count), `rule-${count}`)
  while ((await selectWaiting(staff)).length > 0) {
    await Promise.all(
      Array.from({ length: 20 }, () => deliverNotifications(staff, [channel], () => later(60))),
    )
  }
  expect(received.map(({ body }) => JSON.parse(body).notices[0].rule)).toEqual(
    Array.from({ length: 30 }, (_, count) => `rule-${count}`),
  )
})

test('messages are kept for 30 days', async () => {
  const channel = slackChannel('http://127.0.0.1:9')
  await enqueue(channel, begin)
  await enqueue(channel, later(86_400))
  expect(await clearNotifications(staff, later(30 * 86_400))).toBe(0)
  expect(await clearNotifications(staff, later(30 * 86_400 + 1))).toBe(1)
  expect(await selectWaiting(staff)).toEqual([{ channel: 'slack', waiting: 1 }])
})
