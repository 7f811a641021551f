import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clientReport } from '../../src/analytics/client-report.ts'
import { parseMonth } from '../../src/analytics/month.ts'
import { recordUsage } from '../../src/analytics/record-usage.ts'
import { clientCsv, usageCsv } from '../../src/analytics/report/csv.ts'
import { clientHtml, usageHtml } from '../../src/analytics/report/html.ts'
import { sayChange, sayFull, sayMilliseconds, sayShare } from '../../src/analytics/report/say-figures.ts'
import { usageReport } from '../../src/analytics/usage-report.ts'
import { newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { batchId, eventsOf } from './usage.ts'

const { staff, url } = await testDatabase()
const month = parseMonth('2025-01')
const environment = { DATABASE_URL: url, JWT_SECRET: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe' }

const client = await newClient(staff, { legalName: `<script>alert("1")</script> & Sons` })
await recordUsage(staff, batchId(), eventsOf(client, 240))

/** What a page would fetch, run or leave open. */
const foreign = /<script|<link|<img|<iframe|@import|url\(|https?:/i

test('a report as a page needs nothing from elsewhere, and lets no text become markup', async () => {
  const one = clientHtml(await clientReport(staff, client.clientCode, month))
  const all = usageHtml(await usageReport(staff, month))
  for (const page of [one, all]) {
    expect(page).not.toMatch(foreign)
    expect(page).toContain('prefers-color-scheme: dark')
    expect(page).toContain('width=device-width')
    expect(page.match(/<svg class="chart"/g)).toHaveLength(1)
    expect(page.match(/<rect class="calls"/g)?.length).toBeGreaterThan(0)
    for (const tag of ['div', 'table', 'section', 'svg', 'p']) {
      const opened = page.match(new RegExp(`<${tag}[ >]`, 'g'))?.length
      expect({ tag, closed: page.match(new RegExp(`</${tag}>`, 'g'))?.length }).toEqual({
        tag,
        closed: opened,
      })
    }
  }
  expect(one).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; Sons')
  expect(one).toContain('2025-01-15: 240 calls, 24 errors')
})

test('a report as CSV has a line a figure, or a line a client, of equal length', async () => {
  const one = clientCsv(await clientReport(staff, client.clientCode, month))
    .trim()
    .split('\n')
  expect(one[0]).toBe('figure,2025-01,2024-12')
  expect(one).toContain('api.calls,240,0')
  expect(one).toContain('api.errorRate,0.1,')
  const all = usageCsv(await usageReport(staff, month))
    .trim()
    .split('\n')
  expect(all).toHaveLength(2)
  expect(new Set([...one.map((row) => row.split(',').length), 3])).toEqual(new Set([3]))
  expect(new Set(all.map((row) => row.split(',').length)).size).toBe(1)
  expect(all[1]).toMatch(new RegExp(`^${client.clientCode},free,`))
})

test('a month in which nothing was is a report of nothing', async () => {
  const report = await clientReport(staff, client.clientCode, parseMonth('2023-05'))
  expect(report.figures).toMatchObject({
    members: { active: null, percent: null },
    invitations: { issued: 0, redemptionRate: null },
    storage: { bytes: null, daysToFull: null },
    api: { calls: 0, errorRate: null, p95Ms: null },
  })
  expect(report.days).toHaveLength(31)
  expect(clientHtml(report)).toContain('No calls were counted.')
})

test('an unknown client has no report', async () => {
  expect(await failureOf(clientReport(staff, 'nobody', month))).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
})

test('the commands say, write and print the same figures', async () => {
  const cwd = tempFolder({ 'package.json': '{}' })
  const run = (line: string) => flowsDb(line, { cwd, environment })
  const said = await run(
    `client:analytics ${client.clientCode} --month 2025-01 --csv one.csv --html one.html`,
  )
  expect(said).toMatchObject({ status: 0, stderr: '' })
  expect(said.stdout).toMatch(/API calls\s+240 \(new\)/)
  expect(said.stdout).toMatch(/errors\s+10 % \(24\)/)
  expect(said.stdout).toMatch(/rest\s+120/)
  expect(readFileSync(join(cwd, 'one.csv'), 'utf8')).toContain('api.calls,240,0')
  expect(readFileSync(join(cwd, 'one.html'), 'utf8')).toMatch(/^<!doctype html>/)
  const all = await run('analytics:usage --month 2025-01 --csv all.csv --html all.html --json')
  expect(JSON.parse(all.stdout)).toMatchObject({
    month: '2025-01',
    monthBefore: '2024-12',
    clients: [{ clientCode: client.clientCode, api: { calls: 240, errors: 24, errorRate: 0.1 } }],
    total: { api: { calls: 240 } },
  })
  expect(readFileSync(join(cwd, 'all.html'), 'utf8')).toContain(`<td>${client.clientCode}</td>`)
  const current = await run(`client:analytics ${client.clientCode} --json`)
  expect(JSON.parse(current.stdout)).toMatchObject({
    figures: { members: { active: 0, limit: 100 }, api: { calls: 0 } },
  })
})

test('wrong input is told with its own exit status, and nothing is written', async () => {
  const cwd = tempFolder({ 'package.json': '{}' })
  const run = (line: string) => flowsDb(line, { cwd, environment })
  expect(await run('analytics:usage --month 2025-13')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('"2025-13" is no month'),
  })
  expect(await run('client:analytics nobody')).toMatchObject({ status: 3 })
  expect(await run('analytics:usage --html nowhere/usage.html')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('The file nowhere/usage.html cannot be written'),
  })
  expect(await run('analytics:ingest missing.jsonl')).toMatchObject({ status: 2 })
  writeFileSync(join(cwd, 'broken.jsonl'), 'broken\n')
  const broken = await run('analytics:ingest broken.jsonl')
  expect(broken).toMatchObject({ status: 1, stdout: expect.stringMatching(/1\s+not_json/) })
})

test('standard input is read as a file is, and a dry run keeps nothing', async () => {
  const cwd = tempFolder({ 'package.json': '{}' })
  const input = `${JSON.stringify({ client: client.clientCode, status: 200, at: '2025-03-01T00:00:00Z' })}\n`
  const dry = await flowsDb('analytics:ingest - --dry-run --json', { cwd, environment, input })
  expect(JSON.parse(dry.stdout)).toMatchObject({ lines: 1, skipped: 0, recorded: 1 })
  for (const skipped of [0, 1]) {
    const { status, stdout } = await flowsDb('analytics:ingest --json', { cwd, environment, input })
    expect({ status, ...JSON.parse(stdout) }).toMatchObject({ status: 0, skipped, recorded: 1 - skipped })
  }
  const march = await clientReport(staff, client.clientCode, parseMonth('2025-03'))
  expect(march.figures.api.calls).toBe(1)
})

test('figures are said as people read them', () => {
  expect([null, 0, 0.004, 0.0996, 0.1, 1].map(sayShare)).toEqual([
    '-',
    '0 %',
    '0.4 %',
    '10 %',
    '10 %',
    '100 %',
  ])
  expect([null, 12.4, 999.4, 2_500].map(sayMilliseconds)).toEqual(['-', '12 ms', '999 ms', '2.5 s'])
  expect([sayChange(12, 10), sayChange(9, 10), sayChange(3, 0), sayChange(0, 0), sayChange(null, 1)]).toEqual(
    ['+20 %', '-10 %', 'new', '', ''],
  )
  expect([null, 0, 1, 12, 9_999].map(sayFull)).toEqual([
    'not filling up',
    'full',
    'full in 1 day',
    'full in 12 days',
    'full in over 10 years',
  ])
})
