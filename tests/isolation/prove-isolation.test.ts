import { expect, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { families } from '../../src/isolation/families.ts'
import type { IsolationReport } from '../../src/isolation/isolation-report.ts'
import { proveIsolation } from '../../src/isolation/prove-isolation.ts'
import type { ProveOptions } from '../../src/isolation/prove-options.ts'
import { testDatabase } from '../support/database.ts'
import { takingBack } from './plant.ts'

const { owner, staff, url } = await testDatabase()

function proveWith(change: string, options: ProveOptions = {}): Promise<IsolationReport> {
  return takingBack(owner, async (tx: Database) => {
    await tx.script(change)
    return proveIsolation(tx, options)
  })
}

const openApplications = `
  drop policy client_applications_floor on flows.client_applications;
  create policy client_applications_anyone on flows.client_applications for select to authenticated using (true);`

test('our schema is isolated: every client-owned table of the catalogue, with nothing unproven', async () => {
  const report = await proveIsolation(owner)
  expect({ verdict: report.verdict, leaks: report.leaks, unproven: report.unproven }).toEqual({
    verdict: 'isolated',
    leaks: [],
    unproven: [],
  })
  const tables = await clientOwnedTables(owner)
  expect(tables).not.toEqual([])
  for (const { schema, table } of tables) {
    const actors = report.cells.filter(
      (cell) => cell.relation === `${schema}.${table}` && cell.verb === 'select',
    )
    expect(actors.map(({ actor }) => actor)).toEqual(
      expect.arrayContaining(['anon', 'member', 'admin', 'authenticator']),
    )
  }
  expect(report.families).toEqual(families)
  expect(report.attacks).toBeGreaterThan(1000)
})

test('a member sees its own rows, and every planted hole is caught in the same run', async () => {
  const { controls, actors } = await proveIsolation(owner)
  expect(controls.planted).toHaveLength(8)
  expect(controls.readable).toEqual(
    expect.arrayContaining(['flows.clients', 'flows.invitations', 'storage.objects']),
  )
  expect(controls.writable).toEqual(expect.arrayContaining(['flows.client_applications']))
  expect(actors.filter(({ trusted }) => trusted).map(({ name }) => name)).toEqual([
    'flows_staff',
    'service_role',
  ])
})

test('isolation of every table holds by construction for every role, and the report says by what', async () => {
  const { proofs } = await proveIsolation(owner)
  expect(proofs.length).toBeGreaterThan(20)
  expect(proofs.filter(({ by }) => by === null)).toEqual([])
  expect(proofs).toContainEqual(
    expect.objectContaining({ relation: 'flows.invitations', role: 'authenticated', by: 'floor' }),
  )
  expect(proofs).toContainEqual(
    expect.objectContaining({ relation: 'flows_private.client_keys', role: 'anon', by: 'no grants' }),
  )
})

test('a floor with an OR is no proof by construction', async () => {
  const { proofs } = await proveWith(`alter policy invitations_floor on flows.invitations
    using (client_id = (select flows.current_client_id()) or false)`)
  expect(
    proofs.find(({ relation, role }) => relation === 'flows.invitations' && role === 'authenticated'),
  ).toMatchObject({
    by: null,
    why: 'no restrictive policy of the canonical form serves this role on every verb',
  })
})

test('nothing of a run stays behind: no row and no temporary object', async () => {
  const look = () =>
    owner.one(sql`select (select count(*) from flows.clients) as clients, (select count(*) from flows.audit_events) as events,
      (select count(*) from storage.objects) as files, (select count(*) from pg_class where relname ~ '^flows_planted') as planted`)
  const before = await look()
  await proveIsolation(owner)
  expect(await look()).toEqual(before)
})

test('a leak comes with SQL that shows it and SQL that closes it', async () => {
  const report = await proveWith(openApplications)
  expect(report.verdict).toBe('leak')
  const leak = report.leaks.find(({ family, actor }) => family === 'read' && actor === 'member')
  expect(leak).toMatchObject({ object: 'flows.client_applications', verb: 'select', context: 'own' })
  await takingBack(owner, async (tx) => {
    await tx.script(openApplications)
    const statements = (leak?.reproduce ?? '').split(';\n').filter((text) => !/^(begin|rollback)/.test(text))
    const last = statements.pop() ?? ''
    await tx.script(statements.join(';\n'))
    const rows = await tx.many<{ clientId: string }>({ text: last, values: [] })
    expect(new Set(rows.map(({ clientId }) => clientId)).size).toBe(2)
  })
  const closed = await proveWith(openApplications + (leak?.fix ?? ''))
  expect(closed.leaks).toEqual([])
})

test('two existing clients can be named, and none of their values stands in the report', async () => {
  const report = await takingBack(staff, async (tx) => {
    await tx.script(`insert into flows.clients (client_code, legal_name, domain, region)
      values ('acme', 'Acme Corporation', 'acme.example.com', 'EU'), ('globex', 'Globex Secrets', 'globex.example.com', 'EU')`)
    await tx.script('reset role')
    await tx.script(openApplications)
    return proveIsolation(tx, { client: 'acme', other: 'globex' })
  })
  expect(report.verdict).toBe('leak')
  expect(JSON.stringify(report)).not.toContain('Globex Secrets')
})

test('a client that does not exist is said by name', async () => {
  await expect(proveIsolation(owner, { client: 'nobody', other: 'nobody' })).rejects.toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
})

test('only the chosen families run, and those that take locks can be left out', async () => {
  const truncatable = 'grant truncate on flows.invitation_redemptions to authenticated'
  const { verdict, families: ran, cells } = await proveWith(truncatable, { families: ['read', 'count'] })
  expect({ verdict, ran }).toEqual({ verdict: 'isolated', ran: ['read', 'count'] })
  expect(new Set(cells.map(({ verb }) => verb))).toEqual(new Set(['select', 'execute']))
  const readOnly = await proveWith(truncatable, { readOnlyFamilies: true })
  expect(readOnly.families).not.toContain('truncate')
  await expect(proveIsolation(owner, { families: ['reed'] })).rejects.toMatchObject({
    code: 'ISOLATION_FAMILY_UNKNOWN',
    message: 'There is no family of attacks called "reed"',
  })
})

test('one table can be proved alone', async () => {
  const report = await proveWith(openApplications, { tables: ['flows.invitations'] })
  expect(report.verdict).toBe('isolated')
  expect(new Set(report.cells.map(({ relation }) => relation))).toEqual(new Set(['flows.invitations']))
})

test('a schema without a client-owned table, and one that does not exist, get a clear answer', async () => {
  for (const schema of ['extensions', 'nowhere']) {
    await expect(
      proveIsolation(owner, { schemas: [schema], tenantColumn: 'client_id' }),
    ).rejects.toMatchObject({
      code: 'ISOLATION_NO_TABLES',
      message: 'No table here belongs to clients: none has the column client_id',
    })
  }
})

test('a role that row-level security holds itself cannot prove anything', async () => {
  await expect(proveIsolation(staff)).rejects.toMatchObject({
    code: 'ISOLATION_ROLE_UNFIT',
    message:
      'The connected role flows_staff is itself held by row-level security, so it cannot see whether rows of another client changed',
  })
})

test('a server that refuses connections is told as such', async () => {
  const nowhere = new URL(url)
  nowhere.port = '1'
  await expect(connect(nowhere.href).then(proveIsolation)).rejects.toMatchObject({
    code: 'DATABASE_UNREACHABLE',
  })
})

test('a table that no row can be put into is unproven with the reason, never skipped', async () => {
  const report = await proveWith(`
    create table flows.sealed (client_id uuid not null, id uuid not null, primary key (client_id, id), check (false));
    alter table flows.sealed enable row level security, force row level security;
    grant select on flows.sealed to authenticated;
    create policy sealed_floor on flows.sealed as restrictive for all to anon, authenticated
      using (client_id = (select flows.current_client_id()));
    create policy sealed_select on flows.sealed for select to authenticated using (true);`)
  expect(report.verdict).toBe('unproven')
  expect(report.unproven.map(({ object, actor, verb }) => ({ object, actor, verb }))).toEqual([
    { object: 'flows.sealed', actor: 'member', verb: 'select' },
    { object: 'flows.sealed', actor: 'admin', verb: 'select' },
  ])
  expect(report.unproven[0]?.reason).toMatch(/^No row could be put into it: .*sealed_check/)
})

test('an attack that runs out of time is unproven, and the others still run', async () => {
  const report = await proveWith(
    `create function flows.slow() returns text language plpgsql volatile set search_path = ''
       as 'begin perform pg_sleep(60); return null; end';
     revoke all on function flows.slow() from public;
     grant execute on function flows.slow() to anon;`,
    { families: ['function'] },
  )
  expect(report.verdict).toBe('unproven')
  expect(report.unproven.every(({ object }) => object === 'flows.slow()')).toBe(true)
  expect(report.unproven[0]?.reason).toMatch(/57014/)
})

test('an index that row-level security takes away is named with its replacement', async () => {
  const report = await proveWith(`
    create index invitations_permissions_idx on flows.invitations using gin (permissions);
    create index invitations_lower_idx on flows.invitations (client_id, lower(invitation_code));`)
  const lost = report.indexParity.filter(({ usable }) => !usable).map(({ index }) => index)
  expect(lost).toEqual(['invitations_lower_idx', 'invitations_permissions_idx'])
  expect(report.indexParity.find(({ index }) => index === 'invitations_lower_idx')?.fix).toContain(
    'generated always as',
  )
  expect(report.indexParity.find(({ index }) => index === 'invitations_pkey')?.usable).toBe(true)
})

test('what the report says of an index is what the planner does', async () => {
  const plans = await takingBack(owner, async (tx) => {
    await tx.script(`create index applications_lower_idx on flows.client_applications (lower(app_code));
      set local enable_seqscan = off; set local enable_bitmapscan = off`)
    const explain = () =>
      tx.many(sql`explain select from flows.client_applications where lower(app_code) = 'x'`)
    const free = await explain()
    await tx.run(sql`set local role ${identifier('authenticated')}`)
    return { free: JSON.stringify(free), held: JSON.stringify(await explain()) }
  })
  expect(plans.free).toContain('Index Cond: (lower(app_code)')
  expect(plans.held).not.toContain('Index Cond: (lower(app_code)')
})
