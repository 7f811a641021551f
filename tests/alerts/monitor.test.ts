import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listAlerts } from '../../src/alerts/list-alerts.ts'
import { isDue, runDueJobs } from '../../src/alerts/monitor/run-due-jobs.ts'
import { recordCreated } from '../../src/backup/record-backup.ts'
import { FlowsError } from '../../src/base/errors.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb, programPath } from '../support/flows-db.ts'
import { withDatabase } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { promtool } from './promtool.ts'
import { httpReceiver } from './receiver.ts'

const { owner, staff, url, adminUrl } = await testDatabase()
const environment = { DATABASE_URL: url, JWT_SECRET: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe' }
const acme = await newClient(staff, { clientCode: 'acme' })

/** A monitor of the program that ships, and what it printed; killed when the test ends if it did not end before. */
async function startMonitor(more: Readonly<Record<string, string>> = {}) {
  const cwd = tempFolder({ 'package.json': '{}' })
  const child: ChildProcess = spawn(process.execPath, [await programPath(), 'monitor', '--port', '0'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...environment, ...more },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const printed = { out: '', err: '' }
  child.stdout?.on('data', (chunk: Buffer) => {
    printed.out += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    printed.err += chunk.toString()
  })
  await until(() => printed.out.includes('Serving'))
  const address = /Serving (http:\S+)\/metrics/.exec(printed.out)?.[1] ?? ''
  const health = async (): Promise<Record<string, unknown>> => {
    const response = await fetch(`${address}/healthz`)
    return JSON.parse(await response.text())
  }
  return { child, address, printed, health }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 1_200) throw new Error('It never came true')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('a monitor serves metrics that promtool has nothing to say about, in both formats', async () => {
  await addMembers(staff, acme, 3)
  await recordCreated(owner, 'acme', { digest: '00', tables: 1, rows: 1, bytes: 4_711 })
  const { address, health } = await startMonitor({ BACKUP_DIR: 'backups' })
  await until(async () => (await health()).status === 'ok')
  const plain = await fetch(`${address}/metrics`)
  expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await plain.text()
  expect(text).toContain('flows_db_client_users{client="acme"} 3\n')
  expect(text).toContain('flows_db_clients{tier="free",region="EU",status="active"} 1\n')
  expect(text).toMatch(/^flows_db_backup_last_success_timestamp_seconds\{client="acme"\} \d+/m)
  expect(text).toContain('flows_db_backup_bytes{client="acme"} 4711\n')
  expect(text).not.toMatch(/^(nodejs|process)_/m)
  expect(await promtool(['check', 'metrics'], { input: text })).toEqual({ status: 0, output: '' })
  const open = await fetch(`${address}/metrics`, { headers: { accept: 'application/openmetrics-text' } })
  expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  const openText = await open.text()
  expect(openText).toContain('# TYPE flows_db_auth_failures counter\nflows_db_auth_failures_total')
  expect(openText.endsWith('# EOF\n')).toBe(true)
  expect((await fetch(`${address}/elsewhere`)).status).toBe(404)
})

test('promtool would see a metric that is called wrongly', async () => {
  const input = '# HELP flows_db_calls Calls.\n# TYPE flows_db_calls counter\nflows_db_calls 1\n'
  const { output } = await promtool(['check', 'metrics'], { input })
  expect(output).toContain('_total')
})

test('of two monitors one leads; when it is stopped it ends at once with 0, and the other takes over', async () => {
  const first = await startMonitor()
  await until(async () => (await first.health()).leads === true)
  const second = await startMonitor()
  await until(async () => (await second.health()).status === 'ok')
  expect(await second.health()).toMatchObject({ leads: false })
  const ended = once(first.child, 'exit')
  first.child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(first.printed).toMatchObject({ out: expect.stringMatching(/Judged \d+ times/), err: '' })
  await until(async () => (await second.health()).leads === true)
})

test('while the database does not answer a monitor says so, and goes on when it is back', async () => {
  const { address, health, child } = await startMonitor()
  await until(async () => (await health()).leads === true)
  const name = new URL(url).pathname.slice(1)
  const admin = await connect(withDatabase(adminUrl, 'template1'))
  onTestFinished(() => admin.close())
  const open = (isOpen: boolean) => admin.script(`alter database "${name}" with allow_connections ${isOpen}`)
  await open(false)
  onTestFinished(() => open(true))
  await admin.run(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = ${name} and application_name = 'flows-db' and pid <> pg_backend_pid()`)
  await until(async () => (await fetch(`${address}/healthz`)).status === 503)
  expect(await health()).toMatchObject({ status: 'database-unreachable' })
  const metrics = await (await fetch(`${address}/metrics`)).text()
  expect(metrics).toContain('flows_db_up 0\n')
  expect(metrics).not.toContain('acme')
  await open(true)
  await until(async () => (await health()).status === 'ok')
  await until(async () => (await health()).leads === true)
  expect(child.exitCode).toBe(null)
}, 180_000)

test('a port that is taken is told, and nothing runs', async () => {
  const { address } = await startMonitor()
  const { port } = new URL(address)
  const { status, stderr } = await flowsDb(`monitor --port ${port}`, { cwd: tempFolder(), environment })
  expect(status).toBe(5)
  expect(stderr).toContain(`Nothing can listen at 127.0.0.1, port ${port}`)
})

test('alerts:check exits with 7 while something fires, tells the webhook once, and with 0 when it is over', async () => {
  const receiver = await httpReceiver()
  onTestFinished(() => receiver.close())
  const settings = {
    ...environment,
    ALERT_WEBHOOK_URL: receiver.url,
    ALERT_WEBHOOK_SECRET: 'Zk3mR8vQ1xT6yB9nL4wC7hJ2dF5gS0pA',
  }
  const cwd = tempFolder({ 'package.json': '{}' })
  const fill = (bytes: number) => owner.run(sql`update flows.client_buckets set object_bytes = ${bytes}`)
  await fill(1_073_741_824)
  const dry = await flowsDb('alerts:check --dry-run --json', { cwd, environment: settings })
  expect(dry.status).toBe(7)
  expect(await listAlerts(staff, { states: ['firing'] })).toEqual([])
  const check = await flowsDb('alerts:check --json', { cwd, environment: settings })
  expect(check.status).toBe(7)
  expect(JSON.parse(check.stdout)).toMatchObject({
    alerts: [{ rule: 'storage-full', state: 'firing', clientCode: 'acme' }, {}, {}],
    notices: [{ kind: 'firing', rule: 'storage-full' }],
    delivered: 1,
  })
  expect((await flowsDb('alerts:check', { cwd, environment: settings })).status).toBe(7)
  await fill(0)
  const over = await flowsDb('alerts:check', { cwd, environment: settings })
  expect(over).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing is wrong') })
  const kinds = receiver.received.map(({ body }) => JSON.parse(body).notices[0].kind)
  expect(kinds).toEqual(['firing', 'resolved'])
})

test('half a channel and a rule that is none are refused before anything is judged', async () => {
  const cwd = tempFolder({ 'package.json': '{}', 'config/alert-rules.json': '{"rules":{}}' })
  const half = await flowsDb('alerts:check', {
    cwd,
    environment: { ...environment, ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/' },
  })
  expect(half).toMatchObject({ status: 2, stderr: expect.stringContaining('ALERT_WEBHOOK_SECRET') })
  const wrong = { mine: { figure: 'storageUsed', when: 'above', severity: 'info', summary: 's' } }
  writeFileSync(join(cwd, 'config', 'alert-rules.json'), JSON.stringify({ rules: wrong }))
  const rules = await flowsDb('alerts:check', { cwd, environment })
  expect(rules).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('The alert rule mine has no threshold'),
  })
})

test('a job runs when its time came, once, however many monitors ask, and is made up for when it was missed', async () => {
  let runs = 0
  const jobs = [
    {
      name: 'count',
      schedule: '0 3 * * *',
      command: 'none',
      run: async () => {
        runs += 1
        return { runs }
      },
    },
    {
      name: 'broken',
      schedule: '0 * * * *',
      command: 'none',
      run: () => Promise.reject(new FlowsError('DATABASE_BUSY', 'The database is busy')),
    },
  ]
  const at = (time: string) => runDueJobs(staff, jobs, () => new Date(time))
  expect(await at('2026-03-01T02:59:00Z')).toEqual([])
  const many = await Promise.all(Array.from({ length: 10 }, () => at('2026-03-01T03:00:00Z')))
  expect(
    many
      .flat()
      .map(({ job }) => job)
      .sort(),
  ).toEqual(['broken', 'count'])
  expect(await at('2026-03-01T03:59:00Z')).toEqual([])
  expect((await at('2026-03-04T12:00:00Z')).map(({ job }) => job)).toEqual(['count', 'broken'])
  expect(runs).toBe(2)
  const kept = await staff.many(sql`
    select job, failure, outcome from flows_private.scheduled_jobs where job in ('count', 'broken') order by job`)
  expect(kept).toEqual([
    { job: 'broken', failure: 'DATABASE_BUSY', outcome: {} },
    { job: 'count', failure: null, outcome: { runs: 2 } },
  ])
})

test('a timetable is read in UTC, and a moment counts once', () => {
  const daily = { schedule: '5 1 * * *' }
  expect(isDue(daily, new Date('2026-03-01T01:05:00Z'), new Date('2026-03-02T01:04:59Z'))).toBe(false)
  expect(isDue(daily, new Date('2026-03-01T01:05:00Z'), new Date('2026-03-02T01:05:00Z'))).toBe(true)
})
