import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { sql } from '../../src/database/sql.ts'
import { connectStorage } from '../../src/storage/storage-api.ts'
import { flowsDb } from '../support/flows-db.ts'
import { mailServer } from '../support/mail-server.ts'
import { storageServer } from '../support/storage-server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { patient } from './patient.ts'

const floor = 'health-check --only tenant-floor --only duplicate-indexes --only mail-server'

test('a healthy database ends with status 0, one line a check and a verdict', async () => {
  const { run } = await patient()
  const { status, stdout } = await run(floor)
  expect(status).toBe(0)
  expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
    'isolation',
    expect.stringMatching(/^ {2}ok {7}tenant-floor {7}under \d+ client-owned tables$/),
    '',
    'tables',
    '  ok       duplicate-indexes  no two indexes are the same',
    '',
    'services',
    '  skipped  mail-server        SMTP_URL is not set',
    '',
    expect.stringMatching(/^healthy: 0 errors, 0 warnings, 1 not looked at \(\d\.\d\d s\)$/),
    '',
  ])
})

test('an error ends with status 7 and says what, why and what mends it; a warning does so with --strict', async () => {
  const { owner, run } = await patient()
  await owner.script(
    'create table public.pairs (n integer primary key); create index pairs_n_idx on public.pairs (n)',
  )
  expect(await run(floor)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('> drop index pairs_n_idx;'),
  })
  expect(await run(`${floor} --strict`)).toMatchObject({ status: 7 })
  await owner.script('drop policy client_members_floor on flows.client_members')
  const { status, stdout } = await run(floor)
  expect(status).toBe(7)
  expect(stdout).toContain('  error    tenant-floor       1 finding')
  expect(stdout).toContain('One permissive policy too many then shows a client the rows of another.')
  expect(stdout).toContain('the tenant floor under flows.client_members is missing')
  expect(stdout).toContain(
    '> drop policy if exists client_members_floor on flows.client_members; create policy',
  )
  expect(stdout).toContain('unhealthy: 1 error, 1 warning, 1 not looked at')
})

test('--json is the whole report', async () => {
  const { run } = await patient()
  const { status, stdout } = await run('health-check --only connection --json')
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    verdict: 'healthy',
    errors: 0,
    warnings: 0,
    infos: 0,
    skipped: 0,
    seconds: expect.any(Number),
    checks: [
      {
        id: 'connection',
        group: 'server',
        state: 'healthy',
        detail: expect.stringMatching(/^PostgreSQL \d+/),
        findings: [],
      },
    ],
  })
})

test('a database that does not answer is unhealthy, and what is around it is looked at all the same', async () => {
  const environment = { DATABASE_URL: 'postgres://a@127.0.0.1:1/x', SMTP_URL: (await mailServer()).url }
  const { status, stdout } = await flowsDb('health-check --json', { cwd: tempFolder(), environment })
  expect(status).toBe(7)
  const { checks } = JSON.parse(stdout) as { checks: { id: string; state: string; findings: unknown[] }[] }
  expect(checks.find(({ id }) => id === 'connection')).toMatchObject({
    state: 'error',
    findings: [{ level: 'error', what: 'No database answers at 127.0.0.1:1/x' }],
  })
  expect(checks.filter(({ state }) => state === 'healthy').map(({ id }) => id)).toEqual(['mail-server'])
})

test('mail server and Storage API are really spoken to, and refusals told apart', async () => {
  const { owner } = await patient()
  const storage = await storageServer(owner)
  const mail = await mailServer({
    authOptional: false,
    onAuth: ({ password }, _, done) =>
      password === 'right' ? done(null, { user: 'u' }) : done(new Error('Wrong password')),
  })
  const look = async (smtpUrl: string, key: string) => {
    const environment = {
      DATABASE_URL: 'postgres://a@127.0.0.1:1/x',
      SMTP_URL: smtpUrl,
      SUPABASE_URL: storage.supabaseUrl,
      SUPABASE_SERVICE_ROLE_KEY: key,
    }
    const line = 'health-check --only mail-server --only storage-api --json'
    const { stdout } = await flowsDb(line, { cwd: tempFolder(), environment })
    const { checks } = JSON.parse(stdout) as { checks: { findings: { what: string }[] }[] }
    return checks.flatMap(({ findings }) => findings.map(({ what }) => what))
  }
  expect(await look(`smtp://u:right@${mail.host}`, storage.supabaseServiceRoleKey)).toEqual([])
  expect(await look(`smtp://u:wrong@${mail.host}`, 'another-key-than-that')).toEqual([
    `The mail server ${mail.host} refused the user or password (535)`,
    `The Storage API at ${storage.supabaseUrl} refuses the service key`,
  ])
  expect(await look('smtp://127.0.0.1:1', storage.supabaseServiceRoleKey)).toEqual([
    'No mail server answers at 127.0.0.1:1',
  ])
  expect(mail.received).toEqual([])
})

test('a backup in a bucket that the trail does not tell of counts, and a bucket out of reach is an error', async () => {
  const { run, owner, cwd } = await patient()
  await run('client:create --client-code acme --legal-name Acme --region EU')
  const server = await storageServer(owner)
  await owner.run(sql`insert into storage.buckets (id, name) values ('backups', 'backups')`)
  const storage = await connectStorage(server)
  await createBackup(owner, 'acme', { program: '0.0.1', folder: 'bucket:backups/daily', storage })
  await owner.script(`
    update flows.clients set created_at = now() - interval '9 days';
    alter table flows.audit_events disable trigger audit_events_refuse_change;
    update flows.audit_events set created_at = created_at - interval '8 days' where table_name = 'backups'`)
  const line = 'health-check --only backup-age'
  expect(await run(line)).toMatchObject({
    stdout: expect.stringContaining('No backup of client acme is known of, at least none of the last week'),
  })
  const inBucket = `${line} --backups bucket:backups/daily`
  expect(await run(inBucket)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('SUPABASE_URL is not set, so files in buckets cannot be reached'),
  })
  const { supabaseUrl, supabaseServiceRoleKey } = server
  writeFileSync(
    join(cwd, '.env'),
    `SUPABASE_URL=${supabaseUrl}\nSUPABASE_SERVICE_ROLE_KEY=${supabaseServiceRoleKey}\n`,
  )
  expect(await run(inBucket)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/ok +backup-age +1 client with a fresh one/),
  })
})

test('a place of backups that is named and not there is an error of that check, whatever the trail tells of', async () => {
  const { run, cwd } = await patient()
  await run('client:create --client-code acme --legal-name Acme --region EU')
  expect(await run('backup:create --client acme --to there')).toMatchObject({ status: 0 })
  const line = 'health-check --only backup-age'
  expect(await run(`${line} --backups there`)).toMatchObject({ status: 0 })
  const missing = { status: 7, stdout: expect.stringMatching(/The folder \S+\/nowhere cannot be read/) }
  expect(await run(`${line} --backups nowhere`)).toMatchObject(missing)
  writeFileSync(join(cwd, '.env'), 'BACKUP_DIR=nowhere\n')
  expect(await run(line)).toMatchObject(missing)
  expect(await run(`${line} --backups there/${cwd.split('/').at(-1)}`)).toMatchObject({ status: 7 })
})

test('alerts warn once of a BACKUP_DIR that is not there, and go by the trail', async () => {
  const { run, cwd } = await patient()
  writeFileSync(join(cwd, '.env'), 'BACKUP_DIR=nowhere\n')
  const { status, stderr } = await run('alerts:check')
  expect({ status, warnings: stderr.match(/The folder \S+\/nowhere cannot be read/g) }).toEqual({
    status: 0,
    warnings: [expect.anything()],
  })
  const once = await run('monitor --once')
  expect({ status: once.status, warnings: once.stderr.match(/nowhere cannot be read/g)?.length }).toEqual({
    status: 0,
    warnings: 1,
  })
})

test('whoever may not become the migrating role sees what it may', async () => {
  const { admin, cwd } = await patient()
  const name = `watcher_${process.pid}`
  await admin.script(`create role ${name} login password 'secret' in role pg_monitor`)
  const { url } = await admin.one<{ url: string }>(sql`
    select format('postgres://%s:secret@127.0.0.1:%s/%s?sslmode=disable', ${name}::text,
      current_setting('port'), current_database()) as url`)
  try {
    const { status, stdout } = await flowsDb('health-check --json', {
      cwd,
      environment: { DATABASE_URL: url },
    })
    expect(status).toBe(0)
    const { checks } = JSON.parse(stdout) as { checks: { id: string; state: string }[] }
    const states = new Map(checks.map(({ id, state }) => [id, state]))
    expect(states.get('idle-in-transaction')).toBe('healthy')
    expect(states.get('row-level-security')).toBe('healthy')
    expect(states.get('client-keys')).toBe('skipped')
    expect(states.get('migrations-pending')).toBe('skipped')
  } finally {
    await admin.script(`drop role ${name}`)
  }
})
