import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { type ClientReport, clientReport } from '../../src/analytics/client-report.ts'
import { ingestLog } from '../../src/analytics/ingest/ingest-log.ts'
import { parseMonth } from '../../src/analytics/month.ts'
import { refreshUsage } from '../../src/analytics/roll-up-usage.ts'
import { usageReport } from '../../src/analytics/usage-report.ts'
import { installApplication } from '../../src/applications/install-application.ts'
import { sql } from '../../src/database/sql.ts'
import { newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { type ClientTruth, percentileOf, simulateMonth, together } from './simulated-month.ts'

const { staff, owner } = await testDatabase()

const month = parseMonth('2025-01')
const clientCount = 200
/** Five million where FLOWS_DB_SIMULATED_CALLS says so; the figures are as exact with fewer. */
const calls = Number(process.env.FLOWS_DB_SIMULATED_CALLS ?? 400_000)
const truth = new Map<string, ClientTruth>()
const before = new Map<string, ClientTruth>()

beforeAll(
  async () => {
    const clients: { clientCode: string; userId: string }[] = []
    for (let count = 0; count < clientCount; count += 1) {
      const client = await newClient(staff)
      await installApplication(staff, client, {
        appCode: 'offboarding',
        appName: 'Offboarding',
        permissions: [],
        settings: {},
      })
      const userId = randomUUID()
      await owner.run(
        sql`insert into flows.client_members (client_id, user_id) values (${client.id}, ${userId})`,
      )
      clients.push({ clientCode: client.clientCode, userId })
    }
    for (const [firstDay, share, into] of [
      ['2024-12-01', 0.2, before],
      ['2025-01-01', 0.8, truth],
    ] as const) {
      const simulated = simulateMonth(clients, { firstDay, days: 31, calls: calls * share, seed: 6 })
      const read = await ingestLog(staff, simulated.log())
      expect(read).toMatchObject({ lines: calls * share, recorded: calls * share, refused: {} })
      for (const [code, figures] of simulated.truth) into.set(code, figures)
      if (firstDay === '2024-12-01')
        await staff.run(sql`select flows_private.roll_up_hours(id, '2025-01-10') from flows.clients`)
    }
    // Half of the month lies in days and half in hours, as it does while a month is running.
    await staff.run(sql`select flows_private.roll_up_hours(id, '2025-01-16') from flows.clients`)
  },
  240_000 + calls / 5,
)

function figuresOf(all: readonly ClientTruth[]) {
  const { calls: counted, errors, refused } = together(all)
  return {
    calls: counted,
    errors,
    refused,
    errorRate: Math.round((errors / counted) * 10_000) / 10_000,
    p50Ms: percentileOf(all, 0.5).estimate,
    p95Ms: percentileOf(all, 0.95).estimate,
    p99Ms: percentileOf(all, 0.99).estimate,
  }
}

test('the report on all clients says what the raw log says, of each and of all', async () => {
  const report = await usageReport(staff, month)
  expect(report.clients).toHaveLength(clientCount)
  for (const { clientCode, api } of report.clients) {
    const own = truth.get(clientCode)
    if (own === undefined || own.calls === 0) expect(api.calls).toBe(0)
    else expect({ clientCode, api }).toEqual({ clientCode, api: figuresOf([own]) })
  }
  expect(report.total.api).toEqual(figuresOf([...truth.values()]))
  expect(report.before.api).toEqual(figuresOf([...before.values()]))
  expect(report.total.api.calls + report.before.api.calls).toBe(calls)
  expect(report.days.reduce((sum, day) => sum + day.calls, 0)).toBe(report.total.api.calls)
})

test('the report on one client says what the raw log says, by day, application and part of the API', async () => {
  for (const code of [...truth.keys()].slice(0, 5)) {
    const own = truth.get(code) as ClientTruth
    const report = await clientReport(staff, code, month)
    expect(report.figures.api).toEqual(figuresOf([own]))
    expect(callsBy(report.applications)).toEqual(Object.fromEntries(own.byApplication))
    expect(callsBy(report.endpoints)).toEqual(Object.fromEntries(own.byEndpoint))
    for (const day of report.days) expect(day.calls).toBe(own.byDay.get(day.day) ?? 0)
  }
})

function callsBy(figures: ClientReport['applications']): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([key, { calls: counted }]) => [key, counted]))
}

test('an estimated percentile lies between the same bounds as the true one', () => {
  for (const share of [0.5, 0.95, 0.99]) {
    const { estimate, exact, from, to } = percentileOf([...truth.values()], share)
    expect(exact).toBeLessThanOrEqual(to)
    expect(estimate).toBeGreaterThanOrEqual(from)
    expect(estimate).toBeLessThanOrEqual(to)
  }
})

test('members, files and invitations of a month are those of its days, beside the month before', async () => {
  const [code = ''] = truth.keys()
  const { id } = await owner.one<{ id: string }>(
    sql`select id from flows.clients where client_code = ${code}`,
  )
  await owner.run(sql`
    insert into flows.client_snapshots (client_id, day, active_members, object_count, object_bytes)
    select ${id}, '2024-12-20'::date + n, n, 10 + n, 100000000 + n * 10000000 from generate_series(0, 42) n`)
  await owner.run(sql`
    insert into flows.invitations
      (client_id, app_id, invitation_code, status, key_epoch, used_count, expires_at, created_at, delivered_at, delivery)
    select a.client_id, a.id, 'code-' || n,
      case when n <= 6 then 'redeemed' when n <= 8 then 'expired' else 'revoked' end,
      1, case when n <= 6 then 1 else 0 end, '2025-01-20T00:00:00Z', '2025-01-10T00:00:00Z'::timestamptz, 
      case when n <= 5 then '2025-01-10T00:00:01Z'::timestamptz end, case when n <= 5 then 'sent' end
    from flows.client_applications a, generate_series(1, 8) n
    where a.client_id = ${id}`)
  await owner.run(sql`
    insert into flows.invitation_redemptions (client_id, invitation_id, use_number, created_at)
    select client_id, id, 1, created_at + substr(invitation_code, 6)::integer * interval '1 hour'
    from flows.invitations where client_id = ${id} and used_count = 1`)
  await refreshUsage(staff, code)
  const { figures, before: then } = await clientReport(staff, code, month)
  // The last day of January is the 43rd of the snapshots, that of December the 12th.
  expect(figures.members).toEqual({ active: 42, inactive: 0, limit: 100, percent: 42 })
  expect(then.members.active).toBe(11)
  expect(figures.storage).toEqual({
    objects: 52,
    bytes: 520_000_000,
    limit: 1_073_741_824,
    percent: 48,
    growthBytes: 310_000_000,
    bytesPerDay: 10_000_000,
    daysToFull: 56,
  })
  expect(figures.invitations).toEqual({
    issued: 8,
    sent: 5,
    opened: 0,
    redeemed: 6,
    expired: 2,
    revoked: 0,
    superseded: 0,
    erased: 0,
    pending: 0,
    openedRate: 0,
    redemptionRate: 0.75,
    medianSecondsToRedeem: 3.5 * 3_600,
  })
  expect(then.invitations).toMatchObject({ issued: 0, redemptionRate: null, medianSecondsToRedeem: null })
})

test('a report reads sums and snapshots only: neither members nor invitations nor batches', async () => {
  const { plan } = await staff.transaction(async (tx) => {
    await tx.run(sql`set local enable_seqscan = on`)
    await usageReport(tx, month)
    return tx.one<{ plan: number }>(sql`
      select count(*)::integer as plan from pg_locks
      where pid = pg_backend_pid() and relation in (
        'flows.invitations'::regclass, 'flows.client_members'::regclass, 'flows.invitation_redemptions'::regclass,
        'flows_private.usage_batches'::regclass, 'flows.audit_events'::regclass)`)
  })
  expect(plan).toBe(0)
})
