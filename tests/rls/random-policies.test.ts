import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { identifier, raw, sql } from '../../src/database/sql.ts'
import { type ClientOwnedTable, clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { testDatabase } from '../support/database.ts'
import { attackAll, columnsOf } from './attacks.ts'
import { claimsOf } from './contexts.ts'
import { digestOf } from './digest.ts'
import { seedClient } from './seed.ts'

const { owner } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const globex = await seedClient(owner, 'canary-globex')
const tables = await clientOwnedTables(owner)
const columns = await columnsOf(owner)
const intact = await digestOf(owner, globex.clientId)

type Policy = { table: ClientOwnedTable; verb: string; roles: string; using: string; check: string }

/** What someone in a hurry, or someone hostile, might write above the floor. `{owner}` is the owner's column. */
const conditions = [
  'true',
  '{owner} is not null',
  `{owner} = '${globex.clientId}'`,
  `{owner} <> '${acme.clientId}'`,
  '{owner} = flows.current_client_id() or true',
  "{owner}::text = current_setting('request.jwt.claims', true)::json -> 'user_metadata' ->> 'client_id'",
  'flows.current_client_id() is not null',
  '(select flows.current_client_role()) is distinct from null',
  'current_user = session_user or current_user is not null',
  `exists (select from flows.clients c where c.id = {owner} or true)`,
  'not exists (select where false and {owner} is null)',
  'random() >= 0',
]

const policies = fc.record<Policy>({
  table: fc.constantFrom(...tables),
  verb: fc.constantFrom('all', 'select', 'insert', 'update', 'delete'),
  roles: fc.constantFrom(
    'public',
    'authenticated',
    'anon',
    'authenticated, anon',
    'authenticated, service_role',
  ),
  using: fc.constantFrom(...conditions),
  check: fc.constantFrom(...conditions),
})

async function create(db: Database, policy: Policy, index: number): Promise<void> {
  const { table, verb, roles } = policy
  const [using, check] = [policy.using, policy.check].map((text) =>
    text.replaceAll('{owner}', table.ownerColumn),
  )
  const clauses = [
    verb === 'insert' ? '' : `using (${using})`,
    verb === 'select' || verb === 'delete' ? '' : `with check (${check})`,
  ]
  await db.run(sql`
    create policy ${identifier(`random_${index}`)} on ${identifier(table.schema, table.table)}
    for ${raw(verb)} to ${raw(roles)} ${raw(clauses.join(' '))}`)
}

/** Lets every verb through the grants, makes the policies, attacks as a member and as anon, and takes all back. */
async function leaksAbove(drafts: readonly Policy[], also = ''): Promise<unknown[]> {
  let leaks: unknown[] = []
  const takenBack = new Error('Taken back')
  const attempt = owner.transaction(async (tx) => {
    await tx.script(`
      grant usage on schema flows_private to anon, authenticated;
      grant select, insert, update, delete on all tables in schema flows, flows_private to anon, authenticated;
      ${also}`)
    for (const [index, draft] of drafts.entries()) await create(tx, draft, index)
    for (const role of ['authenticated', 'anon']) {
      await tx.run(sql`
        select set_config('role', ${role}, true),
          set_config('request.jwt.claims', ${JSON.stringify({ role, ...(role === 'anon' ? {} : claimsOf(acme)) })}, true)`)
      const campaign = { ownsNothing: role === 'anon', columns }
      const outcomes = [
        ...(await attackAll(tx, globex, { kind: 'read', ...campaign })),
        ...(await attackAll(tx, globex, { kind: 'write', ...campaign })),
      ]
      leaks = [...leaks, ...outcomes.filter(({ outcome }) => outcome.startsWith('LEAK'))]
      await tx.run(sql`reset role`)
      const now = await digestOf(tx, globex.clientId)
      leaks = [...leaks, ...Object.keys(now).filter((table) => now[table] !== intact[table])]
    }
    throw takenBack
  })
  await attempt.catch((error: unknown) => {
    if (error !== takenBack) throw error
  })
  return leaks
}

const everything = tables.map(
  (table): Policy => ({ table, verb: 'all', roles: 'public', using: 'true', check: 'true' }),
)

test('above the floor, policies that allow everything to everybody leak nothing', async () => {
  expect(await leaksAbove(everything)).toEqual([])
})

test('without the floor the same policies leak', async () => {
  const leaks = await leaksAbove(everything, 'drop policy client_members_floor on flows.client_members')
  expect(leaks).toContainEqual({
    table: 'flows.client_members',
    attack: 'select by key',
    outcome: 'LEAK of 1',
  })
  expect(leaks).toContain('flows.client_members')
})

test('1,000 random permissive policies above the floor leak nothing', { timeout: 240_000 }, async () => {
  const seed = Math.trunc(Math.random() * 2 ** 31)
  const drafts = fc.sample(policies, { numRuns: 1_000, seed })
  for (let first = 0; first < drafts.length; first += 100) {
    const leaks = await leaksAbove(drafts.slice(first, first + 100))
    expect({ seed, first, leaks }).toEqual({ seed, first, leaks: [] })
  }
})
