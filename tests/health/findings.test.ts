import { afterEach, expect, test, vi } from 'vitest'
import { FlowsError } from '../../src/base/errors.ts'
import { connect } from '../../src/database/connect.ts'
import { saferRelease } from '../../src/database/server-release.ts'
import { sql } from '../../src/database/sql.ts'
import { checkHealth } from '../../src/health/check-health.ts'
import { allChecks } from '../../src/health/checks/all-checks.ts'
import { testDatabase } from '../support/database.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { forgetLastMigration } from './faults.ts'
import { findingsOf, nothingAround, patient } from './patient.ts'

const { owner, staff, adminUrl } = await testDatabase()
const look = (options = {}, around = {}) => checkHealth(owner, { ...nothingAround, ...around }, options)

afterEach(() => {
  vi.useRealTimers()
})

test('a full server, little memory and a full disk are told with figures, and worse ones are errors', async () => {
  const only = ['connections', 'cache-hit', 'disk']
  const around = { dataFolder: tempFolder() }
  const warned = {
    connectionsWarning: 0,
    cacheHitBlocks: 0,
    cacheHitRatio: 1.01,
    diskWarning: 1,
    diskError: 0,
  }
  const report = await look({ only, limits: warned }, around)
  expect(
    findingsOf(report).map(({ id, level, what }) => [id, level, what.replaceAll(/[\d.]+/g, 'N')]),
  ).toEqual([
    ['connections', 'warning', 'N of N connections are taken'],
    ['cache-hit', 'warning', 'Only N % of N blocks were in memory'],
    ['disk', 'warning', expect.stringMatching(/^Of the disk of the database only N % is free \(N [MG]B\)$/)],
  ])
  expect(report).toMatchObject({ verdict: 'healthy', errors: 0, warnings: 3 })
  const failed = await look({ only, limits: { ...warned, connectionsError: 0, diskError: 1 } }, around)
  expect(failed).toMatchObject({ verdict: 'unhealthy', errors: 2, warnings: 1 })
})

test('a clock that differs is told with how much and to which side', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
  const report = await look({ only: ['clock-skew'] })
  expect(findingsOf(report)).toMatchObject([
    {
      id: 'clock-skew',
      level: 'warning',
      what: expect.stringMatching(/^The server's clock is 3\d\d\d(\.\d)? s behind this machine's$/),
    },
  ])
})

test('an old transaction id is told with the statement that freezes the oldest table', async () => {
  const limits = { transactionAgeWarning: 0 }
  const [first] = findingsOf(await look({ only: ['wraparound'], limits }))
  expect(first).toMatchObject({
    level: 'warning',
    remedy: { kind: 'sql', text: expect.stringMatching(/^vacuum \(freeze, verbose\) \S+;$/) },
  })
  const superuser = await connect(adminUrl)
  await superuser.run({ text: first?.remedy.text ?? '', values: [] })
  await superuser.close()
  const [next] = findingsOf(await look({ only: ['wraparound'], limits }))
  expect(next?.remedy.text).not.toBe(first?.remedy.text)
})

test('a slow statement is told without the values in it', async () => {
  await owner.run(sql`select pg_sleep(0.05), ${'a'}::text as "secretly"`)
  await owner.script("select pg_sleep(0.06), 'hunter2' as secretly")
  const limits = { slowStatementCalls: 1, slowStatementMilliseconds: 40 }
  const found = findingsOf(await look({ only: ['slow-statements'], limits }))
  expect(
    found.some(({ what }) => /ms each of 1 times: select pg_sleep\(\$1\), \$2 as secretly$/.test(what)),
  ).toBe(true)
  expect(JSON.stringify(found)).not.toContain('hunter2')
})

test('a database that is newer than the program is told, and not compared with it', async () => {
  const sick = await patient()
  forgetLastMigration(sick.surroundings.migrationsFolder)
  const report = await sick.look({ only: ['database-newer', 'schema-drift'] })
  expect(report).toMatchObject({ verdict: 'unhealthy', errors: 1, skipped: 1 })
  expect(findingsOf(report)[0]).toMatchObject({ id: 'database-newer', level: 'error' })
  expect(report.checks[1]).toMatchObject({
    state: 'skipped',
    detail: 'it can be compared once the migrations are in order',
  })
})

test('invitations of a key that the settings do not have are counted', async () => {
  const sick = await patient({ signingKids: ['another'] })
  await sick.run('client:create --client-code acme --legal-name Acme --region EU --app offboarding')
  const invited = 'invitation:create --client acme --app offboarding --invitee ada@acme.example'
  expect(await sick.run(invited)).toMatchObject({ status: 0 })
  expect(findingsOf(await sick.look({ only: ['signing-keys-held'] }))).toMatchObject([
    {
      level: 'error',
      what: expect.stringMatching(/^1 pending invitation signed by \S+, which the settings do not have$/),
    },
  ])
})

test('a bucket with files in it is not proposed to be deleted', async () => {
  const sick = await patient()
  await sick.owner.script(`
    insert into storage.buckets (id, name) values ('flows-ghost', 'flows-ghost');
    insert into storage.objects (bucket_id, name) values ('flows-ghost', 'a.txt')`)
  expect(findingsOf(await sick.look({ only: ['bucket-orphaned'] }))).toMatchObject([
    { what: 'The bucket flows-ghost belongs to no client (1 file)', remedy: { kind: 'advice' } },
  ])
})

test('what lies in a folder counts as a backup, and an old one does not', async () => {
  const sick = await patient()
  await sick.run('client:create --client-code acme --legal-name Acme --region EU')
  await sick.owner.run(sql`update flows.clients set created_at = now() - interval '9 days'`)
  const with_ = async (hours: number) => {
    const takenAt = new Date(Date.now() - hours * 3_600_000)
    const around = { ...sick.surroundings, backups: [{ clientCode: 'acme', takenAt }] }
    return findingsOf(await checkHealth(sick.owner, around, { only: ['backup-age'] })).map(({ what }) => what)
  }
  expect(await with_(25)).toEqual([])
  expect(await with_(49)).toEqual(['The newest backup of client acme is 2 days old'])
})

test('a service that refuses is a finding in its own words; one that is not configured is skipped', async () => {
  const refuses = () =>
    Promise.reject(
      new FlowsError('MAIL_FAILED', 'No mail server answers at here', { hint: 'Check SMTP_URL.' }),
    )
  const only = ['mail-server', 'storage-api']
  const report = await look({ only }, { mailServer: refuses, storageApi: () => Promise.resolve() })
  expect(report.checks).toMatchObject([
    {
      id: 'mail-server',
      state: 'error',
      findings: [
        { what: 'No mail server answers at here', remedy: { kind: 'advice', text: 'Check SMTP_URL.' } },
      ],
    },
    { id: 'storage-api', state: 'healthy', detail: 'answers and takes the service key' },
  ])
  expect((await look({ only })).checks.map(({ state, detail }) => [state, detail])).toEqual([
    ['skipped', 'SMTP_URL is not set'],
    ['skipped', 'SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY are not both set'],
  ])
})

test('without a connection that is the finding, and no other check of the database is called healthy', async () => {
  const silent = new FlowsError('DATABASE_UNREACHABLE', 'No database answers at here:1/x', {
    hint: 'Check it.',
  })
  const report = await checkHealth(silent, nothingAround)
  expect(report).toMatchObject({ verdict: 'unhealthy', errors: 1, skipped: allChecks.length - 1 })
  expect(findingsOf(report)).toMatchObject([{ id: 'connection', what: 'No database answers at here:1/x' }])
})

test('what a role may not look at is skipped with the reason, and never healthy', async () => {
  const report = await checkHealth(staff, nothingAround, { skip: ['clock-skew'] })
  const skipped = report.checks
    .filter(({ state }) => state === 'skipped')
    .map(({ id, detail }) => [id, detail])
  expect(skipped).toEqual(
    expect.arrayContaining([
      ['idle-in-transaction', 'this role may not see what the sessions of others do; it needs pg_monitor'],
      ['migrations-pending', 'this role may not look there'],
      ['bucket-orphaned', 'this role may not look there'],
    ]),
  )
})

test('an empty database lacks its migrations, and nothing of what they make is called healthy', async () => {
  const sick = await patient()
  await sick.owner.script('drop schema flows, flows_gate, flows_private, supabase_migrations cascade')
  const report = await sick.look()
  expect(findingsOf(report).filter(({ id }) => id === 'migrations-pending')).toMatchObject([
    { what: 'The database is not set up for flows-db yet', remedy: { kind: 'command', text: 'db:init' } },
  ])
  const seen = report.checks.filter(
    ({ group, state }) => ['keys', 'backups', 'isolation', 'audit'].includes(group) && state === 'healthy',
  )
  expect(seen).toEqual([])
})

test('looking changes nothing, not even the session that it borrows', async () => {
  const before = sql`select current_setting('default_transaction_read_only') || current_setting('statement_timeout') as now`
  const own = await connect(adminUrl, { role: 'postgres', settings: { statement_timeout: '7s' } })
  await checkHealth(own, nothingAround)
  expect(await own.one(before)).toEqual({ now: 'off7s' })
  await own.close()
})

test('only and skip choose checks, and a name that no check has is refused', async () => {
  const report = await look({ only: ['tenant-floor', 'connection'], skip: ['connection'] })
  expect(report.checks.map(({ id }) => id)).toEqual(['tenant-floor'])
  await expect(look({ skip: ['tenant-flor'] })).rejects.toMatchObject({
    code: 'HEALTH_CHECK_UNKNOWN',
    message: 'There is no health check "tenant-flor"',
  })
})

test('every check has an id of its own and says what it means, why it matters and what mends it', () => {
  const ids = allChecks.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id))).toEqual([])
  expect(allChecks.filter(({ means, why, mends }) => means === '' || why === '' || mends === '')).toEqual([])
})

test.each([
  [170_005, '17.6'],
  [170_006, undefined],
  [150_013, '15.14'],
  [150_014, undefined],
  [180_000, undefined],
  [90_600, '17.6'],
])('release %i has its next safe one: %s', (release, safer) => {
  expect(saferRelease(release)).toBe(safer)
})

test('what somebody has locked is skipped instead of waited for', async () => {
  const sick = await patient()
  await sick.other.transaction(async (tx) => {
    await tx.run(sql`lock table flows.clients in access exclusive mode`)
    const { checks } = await sick.look({ only: ['client-keys', 'public-grants'] })
    expect(checks).toMatchObject([
      { id: 'public-grants', state: 'healthy' },
      { id: 'client-keys', state: 'skipped', detail: 'something locks it' },
    ])
  })
})
