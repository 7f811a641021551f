import fc from 'fast-check'
import { expect, test } from 'vitest'
import { proveIsolation } from '../../src/isolation/prove-isolation.ts'
import { testDatabase } from '../support/database.ts'
import { takingBack } from './plant.ts'

const { owner } = await testDatabase()

const tables = [
  'client_members',
  'client_buckets',
  'client_applications',
  'invitations',
  'invitation_redemptions',
  'audit_events',
]
const atoms = [
  'true',
  'client_id is not null',
  'client_id <> flows.current_client_id()',
  'client_id = flows.current_client_id()',
  "created_at > now() - interval '100 years'",
  'flows.current_client_role() is null',
  "current_setting('request.headers', true) is not null",
  "(current_setting('request.jwt.claims', true)::json -> 'user_metadata') is not null",
  'exists (select from flows.clients c where c.id = client_id)',
  'not exists (select from flows.clients c where c.id <> client_id)',
  'coalesce(flows.current_client_id() is null, true)',
]
const expression = fc
  .array(fc.constantFrom(...atoms), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom(parts.join(' or '), parts.join(' and '), `not (${parts.join(' and ')})`))
const policy = fc.record({
  table: fc.constantFrom(...tables),
  verb: fc.constantFrom('all', 'select', 'insert', 'update', 'delete'),
  to: fc.constantFrom('authenticated', 'anon', 'public', 'anon, authenticated'),
  using: expression,
  check: expression,
})
type Policy = typeof policy extends fc.Arbitrary<infer Value> ? Value : never

function toSql({ table, verb, to, using, check }: Policy, index: number): string {
  const reads = verb === 'insert' ? '' : `using (${using})`
  const writes = verb === 'select' || verb === 'delete' ? '' : `with check (${check})`
  return `create policy fuzz_${index} on flows.${table} for ${verb} to ${to} ${reads} ${writes};`
}

test('1,000 random permissive policies over the floor, and every verb granted, leak nothing', async () => {
  const seen = { policies: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(policy, { minLength: 50, maxLength: 50 }), async (policies) => {
      const report = await takingBack(owner, async (tx) => {
        await tx.script(policies.map(toSql).join('\n'))
        await tx.script(
          tables
            .map((table) => `grant select, insert, update, delete on flows.${table} to anon, authenticated;`)
            .join('\n'),
        )
        return proveIsolation(tx, {
          families: ['read', 'count', 'insert', 'move', 'update', 'delete', 'context'],
          tables: tables.map((table) => `flows.${table}`),
        })
      })
      seen.policies += policies.length
      expect(report.leaks).toEqual([])
      expect(report.attacks).toBeGreaterThan(500)
    }),
    { numRuns: 20, endOnFailure: true },
  )
  expect(seen.policies).toBe(1000)
}, 300_000)

test('without the floor such policies do leak', async () => {
  const report = await takingBack(owner, async (tx) => {
    await tx.script(`drop policy invitations_floor on flows.invitations;
      create policy fuzz on flows.invitations for select to authenticated using (client_id is not null)`)
    return proveIsolation(tx, { families: ['read'], tables: ['flows.invitations'] })
  })
  expect(report.verdict).toBe('leak')
})
