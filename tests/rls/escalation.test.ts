import { expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { sqlState } from '../../src/database/failures.ts'
import { identifier, raw, sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { claimsOf } from './contexts.ts'
import { seedClient } from './seed.ts'

const { owner, authenticator } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const globex = await seedClient(owner, 'canary-globex')
const asAcme = { role: 'authenticated', claims: claimsOf(acme) }

/** Runs one statement as a member, takes it back, and gives the SQLSTATE of the refusal, or what came back. */
async function tryAs(statement: string, role = 'authenticated'): Promise<string> {
  let came = 'nothing'
  const takenBack = new Error('Taken back')
  try {
    await actAs(authenticator, { ...asAcme, role }, async (tx) => {
      came = JSON.stringify(await tx.many(sql`${raw(statement)}`))
      throw takenBack
    })
  } catch (error) {
    if (error === takenBack) return came
    return sqlState(error) ?? sqlState((error as { cause?: unknown }).cause) ?? String(error)
  }
  throw new Error('unreachable')
}

test.each([
  'flows_staff',
  'postgres',
  'supabase_admin',
  'supabase_auth_admin',
  'supabase_storage_admin',
  'pg_read_all_data',
])('the login of the API cannot become %s, nor can a member within a request', async (role) => {
  expect(await tryAs(`set role ${role}`)).toBe('42501')
  expect(await tryAs(`set local session authorization ${role}`)).toBe('42501')
  expect(await tryAs(`select set_config('role', '${role}', false)`)).toBe('42501')
  const { member } = await owner.one<{ member: boolean }>(sql`
      select bool_or(pg_has_role(api.role, ${role}, 'member')) as member
      from unnest(array['anon', 'authenticated', 'service_role', 'authenticator']) as api (role)`)
  expect(member).toBe(false)
})

test('service_role, which the login of the API may become, can change nothing here and see no key', async () => {
  for (const table of ['clients', 'client_members', 'invitations', 'audit_events']) {
    expect(await tryAs(`delete from flows.${table}`, 'service_role')).toBe('42501')
    expect(await tryAs(`truncate flows.${table}`, 'service_role')).toBe('42501')
  }
  expect(await tryAs('select wrapped_key from flows_private.client_keys', 'service_role')).toBe('42501')
  expect(await tryAs('select token_hash from flows_private.invitation_secrets', 'service_role')).toBe('42501')
})

test.each([
  'alter table flows.invitations disable row level security',
  'alter table flows.invitations no force row level security',
  'alter table flows.invitations disable trigger all',
  'drop policy invitations_floor on flows.invitations',
  'alter policy invitations_floor on flows.invitations using (true)',
  'create policy mine on flows.invitations using (true)',
  'create view flows.mine as select 1',
  'create function flows.mine() returns int language sql return 1',
  'create or replace function flows.current_client_id() returns uuid language sql return null::uuid',
  "create function pg_temp.leaky(text) returns bool language plpgsql leakproof as 'begin raise notice ''%'', $1; return true; end'",
  'create trigger mine before update on flows.client_applications execute function flows_private.refuse_change()',
  'grant authenticated to anon',
  'alter role authenticated bypassrls',
  'alter function flows.current_client_id() volatile',
  "alter database postgres set request.jwt.claims = '{}'",
  'set local session_replication_role = replica',
  'set local row_security = off; select from flows.invitations',
  "copy flows.client_members from '/etc/passwd'",
  "copy (select 1) to program 'true'",
  "select pg_read_file('/etc/passwd')",
  "select lo_import('/etc/passwd')",
  'create extension file_fdw',
  'lock table flows.clients in access exclusive mode',
  'select flows_private.redeem(null, null, null, null)',
  'select flows_private.record_refusal(null, null, null, null, null)',
  "select flows_private.audit_table('flows.clients', '{legal_name}')",
  "select flows.access_token_hook('{}')",
  'select * from flows_private.audit_events_default',
  'select * from pg_get_userbyid(10), pg_authid',
])('a member is refused: %s', async (statement) => {
  expect(await tryAs(statement)).toBe('42501')
})

test('what a member grants is granted to nobody', async () => {
  const granted = await actAs(authenticator, asAcme, async (tx) => {
    await tx.run(sql`grant all on flows.invitations to anon`)
    return tx.one(
      sql`select has_any_column_privilege('anon', 'flows.invitations', 'select, insert, update') as granted`,
    )
  })
  expect(granted).toEqual({ granted: false })
})

test('a function of its own, cheap and telling what it is asked, is asked about rows of its own client only', async () => {
  const tables = ['client_members', 'invitations', 'client_applications', 'client_buckets', 'audit_events']
  const shown = await actAs(authenticator, asAcme, async (tx) => {
    await tx.script(`
      create temporary table shown (value text) on commit drop;
      create function pg_temp.telling(asked text) returns bool language plpgsql cost 0.0000001 as $$
      begin
        insert into shown values (asked);
        return true;
      end $$`)
    for (const table of tables) {
      await tx.run(sql`select from ${identifier('flows', table)} t where pg_temp.telling(t::text)`)
    }
    return tx.many<{ value: string }>(sql`select value from shown`)
  })
  expect(shown.length).toBeGreaterThanOrEqual(tables.length)
  expect(shown.filter(({ value }) => !value.includes(acme.clientId))).toEqual([])
})

/** What a member may call, with arguments that all speak of the other client. */
const callable = await owner.many<{ name: string; types: string[] }>(sql`
  select oid::regproc::text as name, array(select format_type(t, null) from unnest(proargtypes) t) as types
  from pg_proc
  where pronamespace = 'flows'::regnamespace and has_function_privilege('authenticated', oid, 'execute')`)

test('no function of the API tells a member anything of another client, or becomes anybody else', async () => {
  expect(callable.length).toBeGreaterThan(2)
  const secrets = [globex.clientId, globex.mark, globex.userId]
  for (const { name, types } of callable) {
    for (const value of secrets) {
      const call = types.map((type) => `'${value}'::${type}`).join(', ')
      const answer = await tryAs(`
        select ${name}(${call})::text as answer, current_user::text as who, current_setting('role') as role,
          current_setting('request.jwt.claims')::json -> 'app_metadata' ->> 'client_id' as client`)
      expect({ name, told: secrets.filter((secret) => answer.includes(secret)) }).toEqual({ name, told: [] })
      expect(answer).toContain('"who":"authenticated","role":"authenticated"')
      expect(answer).toContain(`"client":"${acme.clientId}"`)
    }
  }
})

test('the answer to a member does not depend on whether the other client exists', async () => {
  const questions = [
    ...callable.map(
      ({ name, types }) =>
        `select ${name}(${types.map((type) => `'${globex.mark}'::${type}`).join(', ')})::text`,
    ),
    'select * from flows.current_client',
    'select count(*) from flows.invitations',
    `select count(*) from flows.clients where client_code = '${globex.mark}'`,
    `select count(*) from flows.client_members where user_id = '${globex.userId}'`,
    `update flows.client_applications set settings = '{}' where app_code = '${globex.mark}' returning id`,
  ]
  const ask = async () => {
    const answers: string[] = []
    for (const question of questions) answers.push(await tryAs(question))
    return answers
  }
  const before = await ask()
  await owner.script(`
    update flows.clients set client_code = 'renamed', legal_name = 'Renamed' where id = '${globex.clientId}';
    delete from flows_private.invitation_secrets where client_id = '${globex.clientId}';
    delete from flows.invitation_redemptions where client_id = '${globex.clientId}';
    delete from flows.invitations where client_id = '${globex.clientId}';
    delete from flows.client_members where client_id = '${globex.clientId}'`)
  expect(await ask()).toEqual(before)
})
