import { EventEmitter, once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { parseAlertRules } from '../../src/alerts/alert-rules.ts'
import { evaluateAlerts } from '../../src/alerts/evaluate-alerts.ts'
import { observeServer } from '../../src/alerts/figures/observe-server.ts'
import { createWatch } from '../../src/alerts/figures/watch.ts'
import { listAlerts } from '../../src/alerts/list-alerts.ts'
import { readFigures } from '../../src/alerts/metrics/read-figures.ts'
import { renderMetrics } from '../../src/alerts/metrics/render-metrics.ts'
import { recordProof } from '../../src/alerts/record-proof.ts'
import { recordRefusal } from '../../src/audit/record-refusal.ts'
import { recordCreated, recordFailed } from '../../src/backup/record-backup.ts'
import { FlowsError } from '../../src/base/errors.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import type { CreatedClient } from '../../src/clients/create-client.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { readDatabaseFigures } from '../../src/health/database-figures.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { owner, staff, url } = await testDatabase()
const shipped = parseAlertRules([
  { name: 'shipped', text: readFileSync(packagePath('config', 'alert-rules.json'), 'utf8') },
])
const day = 86_400_000
let acme: CreatedClient
let migrationsFolder = packagePath('migrations')
let backups = new Map<string, Date>()
let ahead = 0

beforeAll(async () => {
  acme = await newClient(staff, { clientCode: 'acme' })
  await newClient(staff, { clientCode: 'calm' })
  await owner.run(sql`
    insert into flows.client_applications (client_id, app_code, app_name) values (${acme.id}, 'offboarding', 'Off')`)
})

beforeEach(async () => {
  ahead = 0
  await owner.script('delete from flows.alerts')
})

const tried = new Set<string>()
afterAll(() => {
  const untried = shipped.rules.filter(({ name }) => !tried.has(name)).map(({ name }) => name)
  expect(untried).toEqual([])
})

/** What fires after the patience of the slowest rule, judged from what the database really says. */
async function firing(limits: Readonly<Record<string, number>> = {}): Promise<string[]> {
  const rules = shipped.rules.map((rule) => ({ ...rule, threshold: limits[rule.name] ?? rule.threshold }))
  for (const seconds of [0, 3_601]) {
    const watch = createWatch({
      owner,
      migrationsFolder,
      knownBackups,
      failed: fail,
    })
    ahead += seconds
    // Only the patience passes: what is measured is what is so now.
    await evaluateAlerts(staff, {
      rules: { ...shipped, rules },
      observe: (tx) => watch.observe(tx, new Date()),
      channels: [],
      now: new Date(Date.now() + ahead * 1_000),
    })
  }
  const alerts = await listAlerts(staff, { states: ['firing'] })
  return alerts.map(({ rule, clientCode }) => (clientCode === null ? rule : `${rule} ${clientCode}`)).sort()
}

/** Sees the rules of `causes` fire, and nothing fire before and afterwards. */
async function fires(
  names: readonly string[],
  cause: () => Promise<unknown>,
  cure: () => Promise<unknown>,
  limits: Readonly<Record<string, number>> = {},
): Promise<void> {
  expect(await firing()).toEqual([])
  await cause()
  expect(await firing(limits)).toEqual([...names].sort())
  await cure()
  expect(await firing()).toEqual([])
  for (const name of names) tried.add(name.split(' ')[0] ?? '')
}

const fail = (error: FlowsError) => {
  throw error
}

const knownBackups = async () => [...backups].map(([clientCode, takenAt]) => ({ clientCode, takenAt }))

const makeOld = (clientCode: string) =>
  owner.run(sql`
    update flows.clients set created_at = now() - interval '2 days' where client_code = ${clientCode}`)

const fill = (part: number) =>
  owner.run(sql`
    update flows.client_buckets set object_bytes = (1073741824 * ${part}::double precision)::bigint
    where client_id = ${acme.id}`)

test('a healthy database, idle for a day, has no alert and no message', async () => {
  backups = new Map(['acme', 'calm'].map((code) => [code, new Date(Date.now() + day)]))
  onTestFinished(() => backups.clear())
  const watch = createWatch({
    owner,
    migrationsFolder,
    knownBackups,
    failed: fail,
  })
  const before = await countOf('flows.audit_events')
  for (let quarter = 0; quarter < 96; quarter += 1) {
    const now = new Date(Date.now() + quarter * 900_000)
    const { changed, notices } = await evaluateAlerts(staff, {
      rules: shipped,
      observe: (tx) => watch.observe(tx, now),
      channels: ['webhook'],
      now,
    })
    expect({ quarter, changed, notices }).toEqual({ quarter, changed: 0, notices: [] })
  }
  expect(await countOf('flows.alerts')).toBe(0)
  expect(await countOf('flows_private.alert_notifications')).toBe(0)
  expect(await countOf('flows.audit_events')).toBe(before)
})

async function countOf(table: string): Promise<number> {
  const [schema = '', name = ''] = table.split('.')
  const { count } = await owner.one<{ count: number }>(sql`
    select (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I.%I', ${schema}::text, ${name}::text),
      false, true, '')))[1]::text::bigint as count`)
  return count
}

test('storage: 80 %, 90 % and full', async () => {
  await fires(
    ['storage-80 acme'],
    () => fill(0.85),
    () => fill(0),
  )
  await fires(
    ['storage-80 acme', 'storage-90 acme'],
    () => fill(0.95),
    () => fill(0),
  )
  await fires(
    ['storage-80 acme', 'storage-90 acme', 'storage-full acme'],
    () => fill(1),
    () => fill(0),
  )
})

test('storage that will be full within 7 days, at the pace of the last week', async () => {
  const grow = (bytesPerDay: number) =>
    owner.run(sql`
      insert into flows.client_snapshots (client_id, day, taken_at, object_bytes)
      select ${acme.id}, (now() - make_interval(days => ago))::date, now() - make_interval(days => ago),
        500000000 - ago * ${bytesPerDay}::bigint
      from generate_series(0, 5) ago`)
  const clear = async () => {
    await owner.script('delete from flows.client_snapshots')
    await fill(0)
  }
  await fill(0.47)
  await grow(50_000_000)
  expect(await firing()).toEqual([])
  await clear()
  await fires(
    ['storage-full-soon acme'],
    async () => {
      await fill(0.47)
      await grow(100_000_000)
    },
    clear,
  )
})

test('members: 80 % and all that the tier allows', async () => {
  const leave = () => owner.run(sql`update flows.client_members set status = 'inactive'`)
  await fires(['users-80 acme'], () => addMembers(staff, acme, 80), leave)
  await fires(['users-80 acme', 'users-full acme'], () => addMembers(staff, acme, 100), leave)
})

const invite = (count: number, expiresIn: string, used = 0) =>
  owner.run(sql`
    insert into flows.invitations
      (client_id, app_id, invitation_code, key_epoch, expires_at, used_count, status)
    select a.client_id, a.id, gen_random_uuid()::text, 1, now() + ${expiresIn}::interval, ${used}::integer,
      case when ${used}::integer > 0 then 'redeemed' else 'pending' end
    from flows.client_applications a, generate_series(1, ${count}) n
    where a.client_id = ${acme.id}`)
const uninvite = () => owner.script('delete from flows.invitations')

test('an invitation that expires within 24 hours', async () => {
  await invite(1, '25 hours')
  await fires(['invitation-expiring acme'], () => invite(1, '23 hours'), uninvite)
})

test('fewer than one invitation in five redeemed, from ten on', async () => {
  await invite(9, '-1 hour')
  await fires(['redemption-rate-low acme'], () => invite(1, '-1 hour', 1), uninvite)
  await invite(8, '-1 hour')
  await invite(2, '10 days', 1)
  expect(await firing()).toEqual([])
  await uninvite()
})

test('five refused tokens in five minutes, of a client and of nobody that is known', async () => {
  // The trail cannot be emptied, so what was refused is moved out of sight instead.
  const forget = () =>
    owner.script(`
      alter table flows.audit_events disable trigger audit_events_refuse_change;
      update flows.audit_events set created_at = created_at - interval '10 minutes' where verb = 'refuse';
      alter table flows.audit_events enable trigger audit_events_refuse_change;`)
  const refuse = (clientCode: string | undefined, count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        recordRefusal(staff, {
          ...(clientCode === undefined ? {} : { clientCode }),
          table: 'invitations',
          rowId: 'none',
          attempt: 'validate',
          reason: 'expired',
        }),
      ),
    )
  const attack = () =>
    Promise.all(
      Array.from({ length: 5 }, () =>
        staff.run(sql`select flows_private.redeem('nobody', gen_random_uuid(), '\\x00', null, null)`),
      ),
    )
  await refuse('calm', 4)
  await fires(['auth-failures acme'], () => refuse('acme', 5), forget)
  await fires(['auth-failures'], attack, forget)
})

const call = (hoursAgo: number, calls: number, { errors = 0, slow = false } = {}) =>
  owner.run(sql`
    insert into flows.api_usage
      (client_id, hour, app_code, endpoint_class, status_class, calls, errors, ms_50, ms_500)
    values (${acme.id}, date_trunc('hour', now()) - make_interval(hours => ${hoursAgo}), 'offboarding', 'rest',
      ${errors > 0 ? '5xx' : '2xx'}, ${calls}, ${errors}, ${slow ? 0 : calls}, ${slow ? calls : 0})`)
const uncall = () => owner.script('delete from flows.api_usage')

test('API calls that fail, and that take twice as long as last week', async () => {
  await call(0, 980)
  await fires(['api-errors acme'], () => call(0, 20, { errors: 20 }), uncall)
  await call(72, 5_000)
  await fires(['api-slow acme'], () => call(1, 5_000, { slow: true }), uncall)
})

test('a backup older than 26 hours, and none at all', async () => {
  const fresh = () => new Map(['acme', 'calm'].map((code) => [code, new Date()]))
  backups = fresh()
  await fires(
    ['backup-old acme'],
    async () => backups.set('acme', new Date(Date.now() - 27 * 3_600_000)),
    async () => {
      backups = fresh()
    },
  )
  await fires(
    ['backup-old calm'],
    async () => {
      await makeOld('calm')
      backups.delete('calm')
    },
    async () => {
      backups = fresh()
    },
  )
})

test('a backup that only the trail tells of ends the alert and shows in the metrics, whatever lies in the folder', async () => {
  await newClient(staff, { clientCode: 'away' })
  await fires(
    ['backup-old away'],
    async () => {
      await makeOld('away')
      backups.set('away', new Date(Date.now() - 30 * 3_600_000))
    },
    () => recordCreated(owner, 'away', { digest: '00', tables: 1, rows: 1, bytes: 4_711 }),
  )
  const { takenAt } = await owner.one<{ takenAt: Date }>(sql`
    select max(e.created_at) as taken_at
    from flows.audit_events e
    join flows.clients c on c.id = e.client_id
    where c.client_code = 'away' and e.table_name = 'backups'`)
  const watch = createWatch({ owner, migrationsFolder, knownBackups, failed: fail })
  const known = {
    version: '',
    refusals: new Map(),
    server: undefined,
    backups: await watch.backups(new Date()),
  }
  const { text } = await renderMetrics(await readFigures(staff, known, new Date()), undefined)
  expect(text).toContain(
    `flows_db_backup_last_success_timestamp_seconds{client="away"} ${takenAt.getTime() / 1_000}\n`,
  )
  expect(text).toContain('flows_db_backup_bytes{client="away"} 4711\n')
})

test('a backup that fails, until one is made', async () => {
  await fires(
    ['backup-failed acme'],
    () =>
      recordFailed(staff, 'acme', new FlowsError('STORAGE_UNREACHABLE', 'The Storage API is out of reach')),
    () => recordCreated(owner, 'acme', { digest: '00', tables: 1, rows: 1, bytes: 1 }),
  )
})

test('a session that holds a transaction open, and too many connections', async () => {
  const held = await connect(url)
  onTestFinished(() => held.close())
  const release = new EventEmitter()
  const holding = held.transaction(() => once(release, 'now'))
  await fires(
    ['idle-in-transaction', 'connections-high'],
    () => new Promise((resolve) => setTimeout(resolve, 300)),
    async () => {
      release.emit('now')
      await holding
    },
    { 'idle-in-transaction': 0.2, 'connections-high': 0.001 },
  )
})

test('a database that reads from disk', async () => {
  const database = await readDatabaseFigures(owner)
  const cacheHit = (cacheHitRatio: number, blocksAsked: number) => {
    const figures = { unprotectedTables: 0, unauditedTables: 0, migrationsPending: 0 }
    const { observations } = observeServer({
      database: { ...database, cacheHitRatio, blocksAsked },
      ...figures,
    })
    return observations.find(({ figure }) => figure === 'cacheHit')?.value
  }
  expect(cacheHit(0.9, 2_000_000)).toBe(0.9)
  expect(cacheHit(0.9, 1_000)).toBe(1)
  tried.add('cache-hit-low')
})

test('a table without its floor, one without its trail, a leak and a migration', async () => {
  await fires(
    ['rls-missing'],
    () => owner.script('alter table flows.invitations disable row level security'),
    () => owner.script('alter table flows.invitations enable row level security'),
  )
  await fires(
    ['rls-missing'],
    () => owner.script('alter policy invitations_floor on flows.invitations to anon'),
    () => owner.script('alter policy invitations_floor on flows.invitations to anon, authenticated'),
  )
  await fires(
    ['audit-trigger-missing'],
    () => owner.script('alter table flows.clients disable trigger clients_audit_update'),
    () => owner.script('alter table flows.clients enable trigger clients_audit_update'),
  )
  await fires(
    ['isolation-leak'],
    () => recordProof(staff, [{ object: 'flows.invitations' }, { object: 'flows.invitations' }]),
    () => recordProof(staff, []),
  )
  const folder = tempFolder()
  cpSync(migrationsFolder, folder, { recursive: true })
  const original = migrationsFolder
  await fires(
    ['migration-pending'],
    async () => {
      writeFileSync(join(folder, '999_next.sql'), 'select 1;')
      migrationsFolder = folder
    },
    async () => {
      migrationsFolder = original
    },
  )
})
