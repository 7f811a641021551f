import { beforeEach, expect, test } from 'vitest'
import { acknowledgeAlert } from '../../src/alerts/acknowledge-alert.ts'
import { fingerprintOf } from '../../src/alerts/alert.ts'
import { evaluateAlerts } from '../../src/alerts/evaluate-alerts.ts'
import { listAlerts } from '../../src/alerts/list-alerts.ts'
import { silenceAlerts } from '../../src/alerts/silence-alerts.ts'
import { listAuditEvents } from '../../src/audit/list-audit-events.ts'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { observation, rule, rulesOf, simulation } from './rules.ts'

const { staff, owner } = await testDatabase()
const fingerprint = fingerprintOf('storage', 'acme')

beforeEach(async () => {
  await owner.script('delete from flows.alerts; delete from flows_private.alert_notifications;')
})

test('an alert is told of when it begins and when it is over, and not in between', async () => {
  const { after } = simulation(staff, rulesOf(rule()))
  expect(await after(0, [observation(0.5)])).toEqual([])
  expect(await after(1, [observation(0.9)])).toMatchObject([
    {
      kind: 'firing',
      rule: 'storage',
      clientCode: 'acme',
      summary: 'acme uses 90 %',
      value: 0.9,
      fingerprint,
    },
  ])
  expect(await after(1, [observation(0.95)])).toEqual([])
  expect(await listAlerts(staff)).toMatchObject([{ state: 'firing', value: 0.95, threshold: 0.8 }])
  expect(await after(1, [observation(0.5)])).toMatchObject([{ kind: 'resolved', value: 0.5 }])
  expect(await after(1, [observation(0.5)])).toEqual([])
  expect(await listAlerts(staff)).toEqual([])
})

test('what is wrong for less long than its rule wants is told to nobody', async () => {
  const { after } = simulation(staff, rulesOf(rule({ patience: 300 })))
  expect(await after(0, [observation(0.9)])).toEqual([])
  expect(await listAlerts(staff)).toMatchObject([{ state: 'pending' }])
  expect(await after(4, [observation(0.9)])).toEqual([])
  expect(await after(0.5, [observation(0.7)])).toEqual([])
  expect(await after(1, [observation(0.9)])).toEqual([])
  expect(await after(4.9, [observation(0.9)])).toEqual([])
  expect(await after(0.1, [observation(0.9)])).toMatchObject([{ kind: 'firing' }])
})

test('what goes on firing is told of again every four hours', async () => {
  const { after } = simulation(staff, rulesOf(rule()))
  const kinds = []
  for (let minute = 0; minute <= 9 * 60; minute += 10) {
    for (const { kind } of await after(minute === 0 ? 0 : 10, [observation(0.9)])) kinds.push([minute, kind])
  }
  expect(kinds).toEqual([
    [0, 'firing'],
    [240, 'repeat'],
    [480, 'repeat'],
  ])
})

test('what somebody takes care of is not repeated, is told of when it is over, and must be taken again when it begins anew', async () => {
  const { after, now } = simulation(staff, rulesOf(rule()))
  await after(0, [observation(0.9)])
  const taken = await acknowledgeAlert(staff, fingerprint, { by: 'night-shift', at: now() })
  expect(taken).toMatchObject({ acknowledgedBy: 'night-shift', state: 'firing' })
  expect(await after(600, [observation(0.9)])).toEqual([])
  expect(await after(1, [observation(0.1)])).toMatchObject([{ kind: 'resolved' }])
  expect(await after(1, [observation(0.9)])).toMatchObject([{ kind: 'firing' }])
  expect(await listAlerts(staff)).toMatchObject([{ acknowledgedBy: null, acknowledgedAt: null }])
  expect(await after(240, [observation(0.9)])).toMatchObject([{ kind: 'repeat' }])
})

test('an alert can be taken by whoever acts, not by an address, not when it is over, and not when there is none', async () => {
  const { after } = simulation(staff, rulesOf(rule()))
  expect(await failureOf(acknowledgeAlert(staff, fingerprint))).toMatchObject({
    code: 'ALERT_NOT_FOUND',
    message: `There is no alert ${fingerprint}`,
  })
  await after(0, [observation(0.9)])
  expect(await acknowledgeAlert(staff, fingerprint)).toMatchObject({ acknowledgedBy: 'flows_staff' })
  expect(await failureOf(acknowledgeAlert(staff, fingerprint, { by: 'ada@acme.example' }))).toMatchObject({
    code: 'USAGE',
    message: '"ada@acme.example" is no handle',
  })
  await after(1, [observation(0.1)])
  expect(await failureOf(acknowledgeAlert(staff, fingerprint))).toMatchObject({
    code: 'ALERT_NOT_OPEN',
    message: `The alert ${fingerprint} is over already`,
  })
})

test('nothing is told of a silenced alert until the silence ends, and then only what is still so', async () => {
  const { after, now } = simulation(staff, rulesOf(rule()))
  const both = (acme: number, globex: number) => [
    observation(acme),
    observation(globex, { clientCode: 'globex' }),
  ]
  await after(0, both(0.9, 0.9))
  const until = new Date(now().getTime() + 120 * 60_000)
  expect(await silenceAlerts(staff, { rule: 'storage' }, until)).toHaveLength(2)
  expect(await after(60, both(0.1, 0.1))).toEqual([])
  expect(await after(30, both(0.9, 0.1))).toEqual([])
  // acme fires as when it was last told of; globex is over, which nobody was told yet.
  expect(await after(31, both(0.9, 0.1))).toMatchObject([{ kind: 'resolved', clientCode: 'globex' }])
  expect(await failureOf(silenceAlerts(staff, { fingerprint: '0123456789abcdef' }, until))).toMatchObject({
    code: 'ALERT_NOT_FOUND',
    message: 'There is no alert 0123456789abcdef',
  })
})

test('a silence that is lifted ends at once', async () => {
  const { after, now } = simulation(staff, rulesOf(rule()))
  await after(0, [observation(0.9)])
  await silenceAlerts(staff, { clientCode: 'acme' }, new Date(now().getTime() + 86_400_000))
  expect(await after(300, [observation(0.9)])).toEqual([])
  await silenceAlerts(staff, { fingerprint }, null)
  expect(await after(1, [observation(0.9)])).toMatchObject([{ kind: 'repeat' }])
})

test('a client has the threshold of its own, else that of its tier, else that of all', async () => {
  const thresholds = rule({ tiers: { pro: 0.9 }, clients: { acme: 0.99 } })
  const { after } = simulation(staff, rulesOf(thresholds))
  const all = (value: number) => [
    observation(value, { clientCode: 'acme', tier: 'pro' }),
    observation(value, { clientCode: 'globex', tier: 'pro' }),
    observation(value, { clientCode: 'initech', tier: 'free' }),
  ]
  const told = async (value: number) => (await after(1, all(value))).map(({ clientCode }) => clientCode)
  expect(await told(0.85)).toEqual(['initech'])
  expect(await told(0.95)).toEqual(['globex'])
  expect(await told(0.995)).toEqual(['acme'])
})

test('what could not be measured leaves its alerts as they are; a client, or a rule, that is gone ends them', async () => {
  const { after } = simulation(staff, rulesOf(rule()))
  await after(0, [observation(0.9), observation(0.9, { clientCode: 'globex' })])
  expect(await after(5, undefined)).toEqual([])
  expect(await listAlerts(staff)).toHaveLength(2)
  expect(await after(5, [observation(0.9)])).toMatchObject([{ kind: 'resolved', clientCode: 'globex' }])
  const without = simulation(staff, rulesOf(), '2026-03-01T01:00:00Z')
  expect(await without.after(0, [])).toMatchObject([{ kind: 'resolved', clientCode: 'acme' }])
})

test('all that changes at one moment is one message', async () => {
  const { after, channel } = simulation(staff, rulesOf(rule(), rule({ name: 'nearly-full', threshold: 0.9 })))
  const clients = Array.from({ length: 200 }, (_, index) =>
    observation(0.95, { clientCode: `client-${index}` }),
  )
  expect(await after(0, clients)).toHaveLength(400)
  expect(channel.told).toHaveLength(1)
})

test('an alert and the message about it are there together or not at all', async () => {
  const options = {
    rules: rulesOf(rule()),
    observe: async () => ({ measured: new Set(['storageUsed'] as const), observations: [observation(0.9)] }),
    now: new Date('2026-03-01T00:00:00Z'),
  }
  // A channel that the table refuses stands for whatever may go wrong after the alert was written.
  await expect(evaluateAlerts(staff, { ...options, channels: ['pigeon' as never] })).rejects.toThrow(
    'alert_notifications_channel_check',
  )
  expect(await listAlerts(staff)).toEqual([])
  await evaluateAlerts(staff, { ...options, channels: ['webhook'] })
  expect(await listAlerts(staff)).toHaveLength(1)
})

test('twenty evaluations at once tell of a change once', async () => {
  const options = {
    rules: rulesOf(rule()),
    observe: async () => ({ measured: new Set(['storageUsed'] as const), observations: [observation(0.9)] }),
    channels: ['webhook', 'slack'] as const,
    now: new Date('2026-03-01T00:00:00Z'),
  }
  await Promise.all(Array.from({ length: 20 }, () => evaluateAlerts(staff, options)))
  const { count } = await staff.one<{ count: number }>(
    sql`select count(*) from flows_private.alert_notifications`,
  )
  expect(count).toBe(2)
})

test('what an alert went through is in the audit trail, and watching a value leaves no trace', async () => {
  const { after } = simulation(staff, rulesOf(rule()))
  const begun = new Date()
  await after(0, [observation(0.9)])
  for (let minute = 0; minute < 10; minute += 1) await after(1, [observation(0.9 + minute / 1_000)])
  await after(1, [observation(0.1)])
  const events = await listAuditEvents(staff, { table: 'alerts', rowId: fingerprint, since: begun })
  expect(events.map(({ verb, details }) => [verb, details.state]).reverse()).toEqual([
    ['insert', 'firing'],
    ['update', ['firing', 'resolved']],
  ])
})
