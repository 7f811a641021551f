import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { listAuditEvents } from '../../src/audit/list-audit-events.ts'
import { recordRefusal } from '../../src/audit/record-refusal.ts'
import { updateClient } from '../../src/clients/update-client.ts'
import { actAs } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { staff, owner, authenticator, url } = await testDatabase()
const nil = '00000000-0000-0000-0000-000000000000'

test('a change names its columns, and shows before and after only of those that tell of no person', async () => {
  const { id, clientCode } = await newClient(staff)
  await updateClient(staff, clientCode, { tier: 'pro', legalName: 'Ida Lund Holding' })
  const [event] = await listAuditEvents(staff, { clientId: id, table: 'clients', verb: 'update' })
  expect(event).toEqual({
    id: expect.any(String),
    createdAt: expect.any(Date),
    tx: expect.stringMatching(/^[0-9]+$/),
    actor: 'flows_staff',
    requestId: null,
    clientId: id,
    clientCode,
    clientErased: false,
    tableName: 'clients',
    rowId: id,
    verb: 'update',
    changedColumns: ['legal_name', 'tier'],
    details: { tier: ['free', 'pro'] },
  })
})

test('a column added later is named when it changes, and never shown by its value', async () => {
  const { id } = await newClient(staff)
  await owner.script(`
    alter table flows.clients add column contact text;
    select flows_private.audit_table('flows.clients', '{tier,region,status}')`)
  await owner.run(sql`update flows.clients set contact = 'ida@example.net' where id = ${id}`)
  const [event] = await listAuditEvents(staff, { clientId: id, verb: 'update' })
  expect(event).toMatchObject({ changedColumns: ['contact'], details: {} })
  const everything = await owner.one<{ text: string }>(sql`
    select string_agg(e::text, '') as text from flows.audit_events e`)
  expect(everything.text).not.toContain('ida@')
})

test('a change that changes nothing is no event', async () => {
  const { id, clientCode } = await newClient(staff)
  const before = await listAuditEvents(staff, { clientId: id })
  await updateClient(staff, clientCode, { tier: 'free' })
  expect(await listAuditEvents(staff, { clientId: id })).toEqual(before)
})

test('a table of another schema is named with it, and takes no event from ours of the same name', async () => {
  await owner.script(`
    create table public.clients (id uuid primary key default gen_random_uuid(), colour text);
    select flows_private.audit_table('public.clients', '{colour}');
    insert into public.clients (colour) values ('red')`)
  const [event] = await listAuditEvents(staff, { table: 'public.clients' })
  expect(event).toMatchObject({ verb: 'insert', clientId: nil, clientCode: null, details: { colour: 'red' } })
  const { id } = await newClient(staff)
  expect(await listAuditEvents(staff, { clientId: id, table: 'clients' })).toMatchObject([{ verb: 'insert' }])
})

test('the actor is the signed-in user, and staff by its role where nobody is signed in', async () => {
  const client = await newClient(staff)
  const user = randomUUID()
  await staff.run(sql`
    insert into flows.client_applications (client_id, app_code, app_name) values (${client.id}, 'leave', 'Leave')`)
  await actAs(
    authenticator,
    { role: 'authenticated', claims: { ...memberClaims(client, 'admin'), sub: user } },
    (tx) => tx.run(sql`update flows.client_applications set settings = '{"a": 1}' where true`),
  )
  const events = await listAuditEvents(staff, { clientId: client.id, table: 'client_applications' })
  expect(events.map(({ actor, verb }) => [actor, verb])).toEqual([
    [user, 'update'],
    ['flows_staff', 'insert'],
  ])
})

test('what one connection does carries its request id', async () => {
  const requestId = randomUUID()
  const db = await connect(url, { role: 'flows_staff', settings: { 'flows.request_id': requestId } })
  const { id } = await newClient(db)
  await db.close()
  await newClient(staff)
  const events = await listAuditEvents(staff, { requestId })
  expect(events.map(({ tableName }) => tableName).toSorted()).toEqual([
    'client_buckets',
    'client_keys',
    'clients',
  ])
  expect(new Set(events.map(({ clientId }) => clientId))).toEqual(new Set([id]))
})

test('a refusal is an event of the client it names, with attempt and reason', async () => {
  const { id, clientCode } = await newClient(staff)
  const rowId = randomUUID()
  const refusal = { table: 'invitations', rowId, attempt: 'redeem', reason: 'expired' }
  await recordRefusal(staff, { clientCode, ...refusal })
  expect(await listAuditEvents(staff, { clientId: id, verb: 'refuse' })).toMatchObject([
    {
      tableName: 'invitations',
      rowId,
      changedColumns: [],
      details: { attempt: 'redeem', reason: 'expired' },
    },
  ])
})

test.each([
  ['an unknown client', { clientCode: 'nobody' }],
  ['no client', {}],
])("a refusal that names %s is the operator's event", async (_, named) => {
  const rowId = randomUUID()
  await recordRefusal(staff, {
    ...named,
    table: 'invitations',
    rowId,
    attempt: 'validate',
    reason: 'unknown',
  })
  expect(await listAuditEvents(staff, { rowId })).toMatchObject([{ clientId: nil, clientCode: null }])
})

test('events are listed newest first, held to every condition that is given', async () => {
  const { id } = await newClient(staff)
  const all = await listAuditEvents(staff, { clientId: id })
  expect(all.map(({ tableName }) => tableName)).toEqual(['client_keys', 'client_buckets', 'clients'])
  const [newest, , oldest] = all
  expect(await listAuditEvents(staff, { clientId: id, limit: 1 })).toEqual([newest])
  expect(await listAuditEvents(staff, { clientId: id, table: 'clients' })).toEqual([oldest])
  expect(await listAuditEvents(staff, { clientId: id, actor: 'someone else' })).toEqual([])
  expect(await listAuditEvents(staff, { clientId: id, verb: 'delete' })).toEqual([])
})

test('since and until cut the time, the one inclusive and the other not', async () => {
  const { id } = await newClient(staff)
  const [{ start, end } = { start: new Date(), end: new Date() }] = await owner.many<{
    start: Date
    end: Date
  }>(sql`
    select min(created_at) as start, max(created_at) + interval '1 second' as end
    from flows.audit_events where client_id = ${id}`)
  expect(await listAuditEvents(staff, { clientId: id, since: start, until: end })).toHaveLength(3)
  expect(await listAuditEvents(staff, { clientId: id, until: start })).toEqual([])
  expect(await listAuditEvents(staff, { clientId: id, since: end })).toEqual([])
})

test('an admin of a client reads its trail and no other, a member reads none', async () => {
  const [client, other] = [await newClient(staff), await newClient(staff)]
  const clientsSeen = (role: 'admin' | 'member') =>
    actAs(
      authenticator,
      { role: 'authenticated', claims: memberClaims(client, role), readOnly: true },
      (tx) => tx.many(sql`select distinct client_id from flows.audit_events`),
    )
  expect(await listAuditEvents(staff, { clientId: other.id })).not.toEqual([])
  expect(await clientsSeen('admin')).toEqual([{ clientId: client.id }])
  expect(await clientsSeen('member')).toEqual([])
})
