import { afterAll, expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { identifier, type Sql, sql } from '../../src/database/sql.ts'
import { memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { owner, staff, authenticator, adminUrl } = await testDatabase()
const client = await newClient(staff)
const admin = await connect(adminUrl)
afterAll(() => admin.close())

/** The trail and every part of it, also those of months to come. */
const parts = await owner.many<{ schema: string; name: string }>(sql`
  select relnamespace::regnamespace::text as schema, relname as name from pg_class
  where oid = 'flows.audit_events'::regclass
    or oid in (select inhrelid from pg_inherits where inhparent = 'flows.audit_events'::regclass)`)

/** What this connection is told for each way of changing each part of the trail: a code, or how many rows it reached. */
async function attempts(db: Database): Promise<{ truncated: Set<unknown>; changed: Set<unknown> }> {
  const told = { truncated: new Set<unknown>(), changed: new Set<unknown>() }
  const attempt = (statement: Sql) =>
    db.transaction((tx) => tx.run(statement)).catch((error: { code: string }) => error.code)
  for (const { schema, name } of parts) {
    const part = identifier(schema, name)
    told.truncated.add(await attempt(sql`truncate ${part}`))
    told.changed.add(await attempt(sql`update ${part} set actor = 'nobody' where true`))
    told.changed.add(await attempt(sql`delete from ${part} where true`))
  }
  return told
}

function countEvents(): Promise<unknown> {
  return owner.one(sql`select count(*) as events from flows.audit_events`)
}

test('there are a default part and the parts of thirteen months', () => {
  expect(parts).toHaveLength(15)
})

test.each([
  ['the role that migrates', () => owner],
  ['a superuser', () => admin],
  ['staff', () => staff],
])('%s can neither change nor delete nor empty any part of the trail', async (_, db) => {
  const before = await countEvents()
  const { truncated, changed } = await attempts(db())
  expect([...truncated]).toEqual(['DATABASE_PERMISSION_DENIED'])
  // Of a month to come there is no row to change.
  expect([...changed].filter((told) => told !== 0)).toEqual(['DATABASE_PERMISSION_DENIED'])
  expect(await countEvents()).toEqual(before)
})

test.each(['anon', 'authenticated', 'service_role'])(
  '%s can neither change the trail nor write it',
  async (role) => {
    const actor = { role, claims: memberClaims(client, 'admin') }
    for (const statement of [
      sql`update flows.audit_events set actor = 'nobody' where true`,
      sql`delete from flows.audit_events where true`,
      sql`truncate flows.audit_events`,
      sql`insert into flows.audit_events (client_id, actor, table_name, row_id, verb)
      values (${client.id}, 'nobody', 'clients', 'x', 'insert')`,
      sql`select flows_private.record_refusal('acme', 'clients', 'x', 'y', 'z')`,
    ]) {
      const attempt = actAs(authenticator, actor, (tx) => tx.run(statement))
      await expect(attempt).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
    }
  },
)

test('staff cannot write the trail by hand', async () => {
  const attempt = staff.run(sql`
    insert into flows.audit_events (client_id, actor, table_name, row_id, verb)
    values (${client.id}, 'nobody', 'clients', 'x', 'insert')`)
  await expect(attempt).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
})
