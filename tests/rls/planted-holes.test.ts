import { expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { testDatabase } from '../support/database.ts'
import { attackAll, columnsOf } from './attacks.ts'
import { claimsOf, hostileContexts } from './contexts.ts'
import { digestOf } from './digest.ts'
import { seedClient } from './seed.ts'

const { owner, authenticator } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const globex = await seedClient(owner, 'canary-globex')
const columns = await columnsOf(owner)

const asAcme = { role: 'authenticated', claims: claimsOf(acme) }

/** Plants a hole, makes every attack as somebody, and gives those that leaked and whether the victim was changed. */
async function leaksThrough(hole: string, actor: Parameters<typeof actAs>[1] = asAcme) {
  await owner.script(hole)
  const before = await digestOf(owner, globex.clientId)
  const outcomes = [
    ...(await actAs(authenticator, { ...actor, readOnly: true }, (tx) =>
      attackAll(tx, globex, { kind: 'read', ownsNothing: false, columns }),
    )),
    ...(await actAs(authenticator, actor, (tx) =>
      attackAll(tx, globex, { kind: 'write', ownsNothing: false, columns }),
    )),
  ]
  const after = await digestOf(owner, globex.clientId)
  return {
    leaks: outcomes
      .filter(({ outcome }) => outcome.startsWith('LEAK'))
      .map(({ table, attack }) => `${table}: ${attack}`),
    changed: Object.keys(after).filter((table) => after[table] !== before[table]),
  }
}

test('without a hole the same attacks find none', async () => {
  expect(await leaksThrough('select')).toEqual({ leaks: [], changed: [] })
})

test('a table whose row-level security is off is found', async () => {
  const { leaks } = await leaksThrough('alter table flows.client_members disable row level security')
  await owner.script('alter table flows.client_members enable row level security')
  expect(leaks).toEqual(
    ['select by key', 'select unfiltered', 'copy of a row'].map((way) => `flows.client_members: ${way}`),
  )
})

test('a table that lost its floor is found', async () => {
  const { leaks } = await leaksThrough('alter policy invitations_floor on flows.invitations using (true)')
  await owner.script(`
    alter policy invitations_floor on flows.invitations using (client_id = (select flows.current_client_id()))`)
  expect(leaks).toContain('flows.invitations: select by key')
})

test('a floor that does not look at what is written is found, by an update without a condition', async () => {
  const { leaks, changed } = await leaksThrough(`
    grant update on flows.client_members to authenticated;
    create policy careless on flows.client_members for update to authenticated using (true);
    alter policy client_members_floor on flows.client_members with check (true)`)
  await owner.script(`
    revoke update on flows.client_members from authenticated;
    drop policy careless on flows.client_members;
    alter policy client_members_floor on flows.client_members
      with check (client_id = (select flows.current_client_id()));
    update flows.client_members set client_id = '${acme.clientId}' where user_id = '${acme.userId}'`)
  expect(leaks).toEqual(['flows.client_members: move blindly'])
  expect(changed).toContain('flows.client_members')
})

test('a floor that lets others delete is found by what is missing afterwards', async () => {
  const { changed } = await leaksThrough(`
    grant delete on flows.client_members to authenticated;
    create policy careless on flows.client_members for delete to authenticated using (true);
    alter policy client_members_floor on flows.client_members using (true)`)
  await owner.script(`
    revoke delete on flows.client_members from authenticated;
    drop policy careless on flows.client_members;
    alter policy client_members_floor on flows.client_members
      using (client_id = (select flows.current_client_id()))`)
  expect(changed).toContain('flows.client_members')
})

test('believing what users write about themselves is found', async () => {
  const believing = hostileContexts(globex).find(({ name }) => name === 'the client where users write it')
  const { leaks } = await leaksThrough(
    `create or replace function flows.current_client_id() returns uuid language sql stable set search_path = ''
      begin atomic
        select (current_setting('request.jwt.claims', true)::json -> 'user_metadata' ->> 'client_id')::uuid;
      end`,
    believing?.actor,
  )
  expect(leaks).toContain('flows.invitations: select by key')
})
