import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { seedDatabase } from '../../bench/seed.ts'
import { createBackup } from '../../src/backup/create-backup.ts'
import { type RestoreOptions, restoreBackup } from '../../src/backup/restore-backup.ts'
import type { Client } from '../../src/clients/client.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection, Database } from '../../src/database/database.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { eraseInvitation } from '../../src/privacy/erase-invitation.ts'
import { invite, newClient } from '../invitations/client.ts'
import { keys } from '../invitations/forge.ts'
import { digestOf } from '../rls/digest.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { backUp, damage, populatedClient, projectTable, settings } from './populated.ts'

const { owner } = await testDatabase()
await owner.script(projectTable)
const bystander = await populatedClient(owner)

/** The digests of a client without the trail, which tells of the restore, and without the counts of the hour. */
async function stateOf(db: Database, { id }: Client): Promise<Record<string, string>> {
  const { 'flows.audit_events': _, 'flows_private.invitation_rates': __, ...digests } = await digestOf(db, id)
  expect(Object.keys(digests).length).toBeGreaterThan(8)
  return digests
}

function restore(file: string, more: Partial<RestoreOptions> = {}, db: Database = owner) {
  return restoreBackup(db, file, { settings, ...more })
}

async function otherDatabase(): Promise<Connection> {
  const { url, drop } = await makeDatabase(templateName)
  const db = await connect(url)
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  await db.script(projectTable)
  return db
}

function eventsOf({ id }: Client): Promise<{ verb: string; tableName: string }[]> {
  return owner.many(sql`
    select verb, table_name from flows.audit_events where client_id = ${id} order by created_at, id`)
}

test('a damaged client is what it was, whatever was done to it, and no other client is touched', async () => {
  const client = await populatedClient(owner)
  const before = await stateOf(owner, client)
  const others = await digestOf(owner, bystander.id)
  const file = await backUp(owner, client)
  await damage(owner, client)
  expect(await stateOf(owner, client)).not.toEqual(before)
  const trail = await eventsOf(client)

  expect(await restore(file, { replace: true })).toMatchObject({
    mode: 'replaced',
    erasedAgain: 0,
    newKey: false,
  })
  expect(await stateOf(owner, client)).toEqual(before)
  expect(await digestOf(owner, bystander.id)).toEqual(others)
  expect(await eventsOf(client)).toEqual([...trail, { verb: 'restore', tableName: 'clients' }])
})

test('a backup can be restored 20 times', async () => {
  const client = await populatedClient(owner)
  const before = await stateOf(owner, client)
  const file = await backUp(owner, client, { withKeys: true })
  for (let turn = 0; turn < 20; turn += 1) {
    await restore(file, { replace: true })
    expect(await stateOf(owner, client)).toEqual(before)
  }
})

test('a client comes back in another database as it was, with its trail and its keys', async () => {
  const client = await newClient(owner)
  const { token } = await invite(owner, client)
  const before = await stateOf(owner, client)
  const trail = await eventsOf(client)
  const passphrase = 'correct horse battery'
  const file = await backUp(owner, client, {
    withKeys: true,
    passphrase,
    file: `${tempFolder()}/a.sql.gz.enc`,
  })
  const other = await otherDatabase()
  expect(await restore(file, { passphrase }, other)).toMatchObject({ mode: 'restored', newKey: false })
  expect(await stateOf(other, client)).toEqual(before)
  const { events } = await other.one<{ events: number }>(sql`
    select count(*) as events from flows.audit_events where client_id = ${client.id}`)
  expect(events).toBe(trail.length + 1)
  expect(await validateInvitation(other, token, keys)).toMatchObject({
    valid: true,
    invitee: { fullName: 'Ada Lovelace' },
  })
})

test('without keys a client that comes back gets a new one: old tokens hold, their names stay closed', async () => {
  const client = await newClient(owner)
  const { token } = await invite(owner, client)
  const file = await backUp(owner, client)
  const other = await otherDatabase()
  expect(await restore(file, {}, other)).toMatchObject({ mode: 'restored', newKey: true })
  const { used } = await other.one<{ used: number }>(sql`
    select count(*) as used from flows_private.invitation_secrets where pii_salt is not null`)
  expect(used).toBe(0)
  expect(await validateInvitation(other, token, keys)).not.toHaveProperty('invitee')
  await invite(other, client)
})

test('keys of another master key are refused before the client is back', async () => {
  const client = await newClient(owner)
  const file = await backUp(owner, client, { withKeys: true })
  const other = await otherDatabase()
  const failing = restore(file, { settings: { ...settings, masterKey: randomBytes(32) } }, other)
  expect(await failureOf(failing)).toMatchObject({
    code: 'KEY_UNWRAP_FAILED',
    message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this backup',
  })
  expect(await other.many(sql`select from flows.clients`)).toEqual([])
})

test('a copy shares no id with its original, holds no hash and no salt, and its invitations are revoked', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client, { withKeys: true })
  const before = await digestOf(owner, client.id)
  const clientCode = `${client.clientCode}-copy`
  const copy = await restore(file, { as: clientCode, domain: 'copy.example' })
  expect(copy).toMatchObject({ mode: 'cloned', clientCode })
  expect(await digestOf(owner, client.id)).toEqual(before)

  for (const { schema, table } of await clientOwnedTables(owner)) {
    if (table === 'clients') continue
    const { shared } = await owner.one<{ shared: number }>(sql`
      select count(*) as shared
      from (select to_jsonb(t) as row from ${identifier(schema, table)} t where client_id = ${client.id}) a
      join (select to_jsonb(t) as row from ${identifier(schema, table)} t where client_id = ${copy.clientId}) b
        on a.row ->> 'id' = b.row ->> 'id'`)
    expect({ table, shared }).toEqual({ table, shared: 0 })
  }
  const made = await owner.one(sql`
    select c.domain, c.legal_name,
      (select count(*) from flows.client_members m where m.client_id = c.id) as members,
      (select count(*) from flows.invitation_redemptions r join flows.invitations i on i.client_id = c.id and i.id = r.invitation_id
        where r.client_id = c.id) as redemptions,
      (select array_agg(distinct status) from flows.invitations i where i.client_id = c.id) as states,
      (select count(*) from flows_private.invitation_secrets s where s.client_id = c.id) as secrets,
      (select count(*) from public."Case notes" n join flows.client_members m on m.client_id = c.id and m.id = n.author_id
        where n.client_id = c.id and n.answers = n.id) as notes,
      (select array_agg(verb) from flows.audit_events e where e.client_id = c.id) as events,
      (select bucket_id from flows.client_buckets b where b.client_id = c.id) as bucket
    from flows.clients c where c.id = ${copy.clientId}`)
  expect(made).toEqual({
    domain: 'copy.example',
    legalName: 'A Company',
    members: 2,
    redemptions: 2,
    states: ['revoked'],
    secrets: 0,
    notes: 12,
    events: ['restore'],
    bucket: `flows-${clientCode}`,
  })
  expect(await failureOf(restore(file, { as: clientCode }))).toMatchObject({
    code: 'CLIENT_CODE_TAKEN',
    message: `Client "${clientCode}" exists already`,
  })
})

test.each([true, false])(
  'whoever was erased since the backup is erased again (with keys: %s)',
  async (withKeys) => {
    const client = await newClient(owner)
    const erased = await invite(owner, client)
    const kept = await invite(owner, client)
    const file = await backUp(owner, client, { withKeys })
    await eraseInvitation(owner, erased.id, { clientCode: client.clientCode })
    const before = await stateOf(owner, client)
    expect(await restore(file, { replace: true })).toMatchObject({ erasedAgain: 1 })
    const after = await stateOf(owner, client)
    expect(after['flows_private.invitation_secrets']).toBe(before['flows_private.invitation_secrets'])
    expect(await validateInvitation(owner, erased.token, keys)).toMatchObject({ valid: false })
    expect(await validateInvitation(owner, kept.token, keys)).toMatchObject({
      invitee: { fullName: 'Ada Lovelace' },
    })
  },
)

test('whoever was erased since the backup is erased in a copy, too, and stays so when the copy is restored', async () => {
  const client = await newClient(owner)
  const erased = await invite(owner, client)
  await invite(owner, client)
  const file = await backUp(owner, client, { withKeys: true })
  await eraseInvitation(owner, erased.id, { clientCode: client.clientCode })
  const as = `${client.clientCode}-copy`
  const copy = await restore(file, { as })
  expect(copy).toMatchObject({ mode: 'cloned', erasedAgain: 1 })
  const states = () =>
    owner.many(sql`
      select i.status, e.reason from flows.invitations i
      left join flows_private.erasures e on e.client_id = i.client_id and e.invitation_id = i.id
      where i.client_id = ${copy.clientId} order by i.status`)
  const expected = [
    { status: 'erased', reason: 'request' },
    { status: 'revoked', reason: null },
  ]
  expect(await states()).toEqual(expected)
  const copied = await backUp(owner, { ...client, id: copy.clientId, clientCode: as })
  await restore(copied, { replace: true })
  expect(await states()).toEqual(expected)
})

test('a copy is checked in steps that grow with its rows, though the planner has never heard of the client', async () => {
  const { url, drop } = await makeDatabase(templateName)
  const db = await connect(url, { size: 1 })
  onTestFinished(async () => {
    await db.close()
    await drop()
  })
  const rows = 4_000
  await seedDatabase(db, { seed: 1, clients: 3, rows: 3 * 4 * rows, large: 4 * rows })
  const { file } = await createBackup(db, 'client-1', { program: '0.0.1', folder: tempFolder() })
  const touched = async () => {
    await db.run(sql`select pg_stat_force_next_flush()`)
    const { count } = await db.one<{ count: number }>(sql`
      select sum(seq_tup_read + idx_tup_fetch)::bigint as count from pg_stat_user_tables where schemaname like 'flows%'`)
    return count
  }
  const before = await touched()
  await db.run(sql`delete from flows_private.client_keys`)
  await restore(file, { as: 'copied' }, db)
  // Row by row it would be the square of it.
  expect((await touched()) - before).toBeLessThan(100 * rows)
})

test('a key that was destroyed since the backup stays destroyed', async () => {
  const client = await newClient(owner)
  const file = await backUp(owner, client, { withKeys: true })
  await owner.run(sql`
    update flows_private.client_keys set state = 'shredded', wrapped_key = null where client_id = ${client.id}`)
  expect(await restore(file, { replace: true })).toMatchObject({ newKey: true })
  expect(
    await owner.many(sql`
      select epoch, state from flows_private.client_keys where client_id = ${client.id} order by epoch`),
  ).toEqual([
    { epoch: 1, state: 'shredded' },
    { epoch: 2, state: 'active' },
  ])
})

test('a backup from before a column and a table was made is taken; they get their defaults', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  const other = await otherDatabase()
  await other.script(`
    alter table public.no_key add column later text not null default 'none';
    create table public.newer (client_id uuid not null, id uuid primary key default gen_random_uuid())`)
  await restore(file, {}, other)
  expect(await other.many(sql`select distinct later from public.no_key`)).toEqual([{ later: 'none' }])
})

const refusals: readonly [string, Partial<RestoreOptions>, { code: string; message: RegExp }][] = [
  ['a client that is there', {}, { code: 'BACKUP_CLIENT_EXISTS', message: /^Client "client-.*" is there$/ }],
  [
    'a code that is taken',
    { as: bystander.clientCode },
    { code: 'CLIENT_CODE_TAKEN', message: /exists already$/ },
  ],
  [
    'a code that is none',
    { as: 'Not A Code' },
    { code: 'CLIENT_CODE_INVALID', message: /is not a client code/ },
  ],
  [
    'a domain that is none',
    { as: 'fresh-one', domain: 'x' },
    { code: 'CLIENT_DOMAIN_INVALID', message: /is not a domain/ },
  ],
]

test.each(refusals)('%s is refused, and nothing is changed', async (_, options, said) => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  const before = await digestOf(owner, client.id)
  const failure = await failureOf(restore(file, options))
  expect(failure.code).toBe(said.code)
  expect(failure.message).toMatch(said.message)
  expect(await digestOf(owner, client.id)).toEqual(before)
})

test('a domain that another client has is refused with its name and its owner, for a copy and for the client itself', async () => {
  const client = await newClient(owner)
  const domain = `${client.clientCode}.example`
  await owner.run(sql`update flows.clients set domain = ${domain} where id = ${client.id}`)
  const file = await backUp(owner, client)
  const as = `${client.clientCode}-copy`
  expect(await failureOf(restore(file, { as, domain }))).toMatchObject({
    code: 'CLIENT_DOMAIN_TAKEN',
    message: `Client "${client.clientCode}" has the domain "${domain}" already`,
  })
  await owner.run(sql`update flows.clients set domain = null where id = ${client.id}`)
  await owner.run(sql`update flows.clients set domain = ${domain} where id = ${bystander.id}`)
  expect(await failureOf(restore(file, { replace: true }))).toMatchObject({
    code: 'CLIENT_DOMAIN_TAKEN',
    message: 'Another client has the domain that this one had',
  })
})

test('of two copies of one code at once the second is refused in plain words', async () => {
  const client = await newClient(owner)
  const file = await backUp(owner, client)
  const as = `${client.clientCode}-copy`
  const copies = await Promise.allSettled([restore(file, { as }), restore(file, { as })])
  const failed = copies.flatMap((copy) => (copy.status === 'rejected' ? [copy.reason] : []))
  expect(failed).toMatchObject([
    {
      code: 'CLIENT_CODE_TAKEN',
      message: expect.stringMatching(/^(Client ".*" exists already|Another client got this code meanwhile)$/),
    },
  ])
})

test('a backup of another client of this code, or of none to replace, is refused', async () => {
  const client = await newClient(owner)
  const file = await backUp(owner, client)
  const other = await otherDatabase()
  expect(await failureOf(restore(file, { replace: true }, other))).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: `There is no client "${client.clientCode}" to replace`,
  })
  await other.run(sql`
    insert into flows.clients (client_code, legal_name, region) values (${client.clientCode}, 'Another', 'EU')`)
  for (const replace of [true, false]) {
    expect(await failureOf(restore(file, { replace }, other))).toMatchObject({
      code: 'BACKUP_CLIENT_DIFFERS',
      message: `Client "${client.clientCode}" of this database is not the one of the backup`,
    })
  }
})

test('rows that would refer to nothing, or to another client, take the whole restore back', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  const other = await otherDatabase()
  await other.script(`create table public.strays (client_id uuid, member uuid)`)
  await owner.script(`
    create table public.strays (client_id uuid, member uuid);
    insert into public.strays select '${client.id}', id from flows.client_members where client_id = '${bystander.id}'`)
  onTestFinished(() => owner.script('drop table public.strays'))
  const bad = await createBackup(owner, client.clientCode, { program: '0.0.1', folder: tempFolder() })
  await other.script(`alter table flows.client_members add unique (id);
    alter table public.strays add constraint strays_member_fkey foreign key (member) references flows.client_members (id)`)
  expect(await failureOf(restore(bad.file, {}, other))).toMatchObject({
    code: 'BACKUP_UNFIT',
    message:
      'The backup does not fit this database: rows of public.strays refer to rows of flows.client_members that are not there (strays_member_fkey)',
  })
  expect(await other.many(sql`select from flows.clients`)).toEqual([])
  await restore(file, {}, other)
})

test.each(['a.sql', 'a.fdb'])(
  'rows of %s that a trigger of the project changes on their way in take the whole restore back',
  async (name) => {
    const client = await populatedClient(owner)
    const file = await backUp(owner, client, { file: join(tempFolder(), name) })
    const other = await otherDatabase()
    await other.script(`
    create function public.shout() returns trigger language plpgsql as $$
    begin
      new.word := upper(new.word);
      return new;
    end $$;
    create trigger shout before insert on public.no_key for each row execute function public.shout();
    alter table public.no_key enable always trigger shout`)
    expect(await failureOf(restore(file, {}, other))).toMatchObject({
      code: 'BACKUP_UNFIT',
      message: 'The backup does not fit this database: public.no_key came out otherwise than it went in',
    })
    expect(await other.many(sql`select from flows.clients`)).toEqual([])
  },
)

test('a dry run changes nothing, and says of each table what would be gone and what would be put back', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  await invite(owner, client)
  await damage(owner, client)
  await owner.run(sql`insert into public.no_key values (${client.id}, 'new', null)`)
  const before = await digestOf(owner, client.id)
  const { mode, lost = [] } = await restore(file, { replace: true, dryRun: true })
  expect(mode).toBe('replaced')
  expect(lost.find(({ table }) => table === 'flows.clients')).toMatchObject({ gone: 0, changed: 1 })
  expect(lost.find(({ table }) => table === 'flows.client_members')).toMatchObject({ gone: 1, changed: 0 })
  expect(lost.find(({ table }) => table === 'public.no_key')).toMatchObject({ gone: 1, changed: 0 })
  expect(lost.find(({ table }) => table === 'flows.invitations')).toMatchObject({ gone: 1, changed: 2 })
  expect(lost.map(({ table }) => table)).not.toContain('flows.audit_events')
  expect(await digestOf(owner, client.id)).toEqual(before)
  const after = await backUp(owner, client)
  expect(await restore(after, { replace: true, dryRun: true })).toMatchObject({ lost: [] })
})
