import { beforeAll, describe, expect, test } from 'vitest'
import { actAs, actAsClient } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { testDatabase } from '../support/database.ts'
import { attackAll, columnsOf, troubles } from './attacks.ts'
import { type Context, claimsOf, hostileContexts } from './contexts.ts'
import { digestOf } from './digest.ts'
import { type Seeded, seedClient } from './seed.ts'

const { owner, staff, authenticator, authenticatorUrl } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const globex = await seedClient(owner, 'canary-globex')
const columns = await columnsOf(owner)
let intact: Record<string, string>

beforeAll(async () => {
  intact = await digestOf(owner, globex.clientId)
})

/** Tables that a signed-in user may read at all. */
const readable = await owner.many<{ name: string; schema: string; table: string; ownerColumn: string }>(sql`
  select format('%s.%s', n.nspname, c.relname) as name, n.nspname::text as schema, c.relname::text as table,
    a.attname::text as owner_column
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and has_schema_privilege('authenticated', n.oid, 'usage')
  join pg_attribute a on a.attrelid = c.oid
    and a.attname = case c.oid when 'flows.clients'::regclass then 'id' else 'client_id' end
  where n.nspname like 'flows%' and c.relkind in ('r', 'p')
    and has_column_privilege('authenticated', c.oid, a.attnum, 'select')`)

/** Works as PostgREST would for the context, on a connection that may have been left with a setting. */
function inContext<Result>(
  { actor, leftBehind }: Context,
  readOnly: boolean,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  return authenticator.session(async (session) => {
    await session.run(sql`select set_config('flows.client_id', ${leftBehind ?? ''}, false)`)
    try {
      return await actAs(session, { ...actor, readOnly }, work)
    } finally {
      await session.run(sql`select set_config('flows.client_id', '', false)`)
    }
  })
}

/** Reads and writes upon the victim in a context; gives what was neither refused nor empty. */
async function campaign(context: Context, victim: Seeded, ownsNothing: boolean) {
  const read = await inContext(context, true, (tx) =>
    attackAll(tx, victim, { kind: 'read', ownsNothing, columns }),
  )
  const write = await inContext(context, false, (tx) =>
    attackAll(tx, victim, { kind: 'write', ownsNothing, columns }),
  )
  return [...read, ...write]
}

test('a member sees rows of its own client, and of no other, in every table that it may read', async () => {
  expect(readable.length).toBeGreaterThan(6)
  for (const { name, schema, table, ownerColumn } of readable) {
    const whose = identifier(ownerColumn)
    const seen = await actAs(
      authenticator,
      { role: 'authenticated', claims: claimsOf(acme), readOnly: true },
      (tx) => tx.many(sql`select distinct ${whose} as client from ${identifier(schema, table)}`),
    )
    expect({ name, seen }).toEqual({ name, seen: [{ client: acme.clientId }] })
  }
})

test('the library, acting as a client, sees the same', async () => {
  for (const { name, schema, table, ownerColumn } of readable) {
    const whose = identifier(ownerColumn)
    const seen = await actAsClient(staff, acme.clientId, (tx) =>
      tx.many(sql`select distinct ${whose} as client from ${identifier(schema, table)}`),
    )
    const own = name === 'flows.audit_events' ? [] : [{ client: acme.clientId }]
    expect({ name, seen }).toEqual({ name, seen: own })
  }
})

test('a member may change the settings of an application of its client, so the writes below could succeed', async () => {
  const change = sql`update flows.client_applications set settings = '{"colour": "red"}'`
  const asAcme = { role: 'authenticated', claims: claimsOf(acme) }
  expect(await actAs(authenticator, asAcme, (tx) => tx.run(change))).toBe(1)
})

describe('with an honest token of another client', () => {
  const contexts: Context[] = [
    { name: 'as its admin', actor: { role: 'authenticated', claims: claimsOf(acme) } },
    {
      name: 'with a setting left behind by a user of the victim',
      actor: { role: 'authenticated', claims: claimsOf(acme) },
      leftBehind: globex.clientId,
    },
  ]
  test.each(contexts)('$name: no row is seen, none is written', async (context) => {
    const outcomes = await campaign(context, globex, false)
    expect(outcomes.length).toBeGreaterThan(150)
    // What it gives its own rows for a value may break their checks: by then the victim's were out of reach.
    const harmless = /^(22|23)/
    expect(troubles(outcomes).filter(({ outcome }) => !harmless.test(outcome))).toEqual([])
    expect(await digestOf(owner, globex.clientId)).toEqual(intact)
  })
})

describe('with anything but an honest token', () => {
  test.each(hostileContexts(globex))('$name: no row is seen, none is written', async (context) => {
    const outcomes = await campaign(context, globex, true)
    expect(outcomes.length).toBeGreaterThan(150)
    // Text that is no JSON cannot even be asked about.
    const unreadable = /^22P02 invalid input syntax for type json/
    expect(troubles(outcomes).filter(({ outcome }) => !unreadable.test(outcome))).toEqual([])
    expect(await digestOf(owner, globex.clientId)).toEqual(intact)
  })
})

test('on a connection where nothing was ever set, a signed-in role sees nothing and writes nothing', async () => {
  const fresh = await connect(authenticatorUrl)
  const outcomes = await fresh.transaction(async (tx) => {
    await tx.run(sql`set local role authenticated`)
    const { claims } = await tx.one<{ claims: string | null }>(sql`
      select current_setting('request.jwt.claims', true) as claims`)
    expect(claims).toBeNull()
    return [
      ...(await attackAll(tx, globex, { kind: 'read', ownsNothing: true, columns })),
      ...(await attackAll(tx, globex, { kind: 'write', ownsNothing: true, columns })),
    ]
  })
  await fresh.close()
  expect(troubles(outcomes)).toEqual([])
  expect(await digestOf(owner, globex.clientId)).toEqual(intact)
})

test('a statement that stays prepared shows each client its own rows, whoever asked before', async () => {
  const prepared = await connect(authenticatorUrl, { prepare: true })
  const askers = [
    { actor: { role: 'authenticated', claims: claimsOf(acme) }, sees: [{ client: acme.clientId }] },
    { actor: { role: 'authenticated', claims: claimsOf(globex) }, sees: [{ client: globex.clientId }] },
    { actor: { role: 'authenticated', claims: {} }, sees: [] },
    // It bypasses row-level security, so a plan of its own must not serve the next who asks.
    { actor: { role: 'service_role' }, sees: [acme, globex].map(({ clientId }) => ({ client: clientId })) },
  ]
  // From the sixth time on the server may use one plan for all.
  for (let round = 0; round < 8; round += 1) {
    for (const { actor, sees } of askers) {
      const seen = await actAs(prepared, { ...actor, readOnly: true }, (tx) =>
        tx.many(sql`select client_id as client from flows.invitations`),
      )
      expect(seen).toHaveLength(sees.length)
      expect(seen).toEqual(expect.arrayContaining(sees))
    }
  }
  await prepared.close()
})

test('of the tiers a member sees its own', async () => {
  const seen = await actAs(
    authenticator,
    { role: 'authenticated', claims: claimsOf(acme), readOnly: true },
    (tx) => tx.many(sql`select tier from flows.client_tiers`),
  )
  expect(seen).toEqual([{ tier: 'free' }])
})

test('a setting that is no client is an error, not a client', async () => {
  const attempt = staff.transaction(async (tx) => {
    await tx.run(sql`
      select set_config('flows.client_id', 'acme', true), set_config('request.jwt.claims', '', true),
        set_config('role', 'authenticated', true)`)
    return tx.many(sql`select from flows.invitations`)
  })
  await expect(attempt).rejects.toThrow('invalid input syntax for type uuid: "acme"')
})

test('what the attacks are made upon is all there is', async () => {
  const tables = await clientOwnedTables(owner)
  expect(tables.every(({ schema, table }) => globex.rows.has(`${schema}.${table}`))).toBe(true)
})
