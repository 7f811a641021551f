import { expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { accessRules } from './access-rules.ts'
import { grantedTo } from './granted.ts'
import { faultsAfter, faultsOf } from './rules.ts'

const { owner } = await testDatabase()

for (const rule of accessRules) {
  test(rule.rule, async () => {
    expect(await faultsOf(owner, rule)).toEqual([])
  })
}

test('nothing is granted to everybody', async () => {
  expect(await grantedTo(owner, 'public')).toEqual([])
})

test('anon may only ask which client it is, have a request counted, and use the gates of the storage policies', async () => {
  expect(await grantedTo(owner, 'anon')).toEqual([
    'execute on flows.count_api_request()',
    'execute on flows.current_client_id()',
    'execute on flows.current_client_role()',
    'execute on flows_gate.active_client_id(text)',
    'execute on flows_gate.count_api_request()',
    'execute on flows_gate.current_bucket_id()',
    'execute on flows_gate.is_client_bucket(text)',
    'usage on schema flows',
    'usage on schema flows_gate',
  ])
})

test('a signed-in user reads, changes the settings of an application, and redeems invitations', async () => {
  expect(await grantedTo(owner, 'authenticated')).toEqual([
    'execute on flows.count_api_request()',
    'execute on flows.current_client_id()',
    'execute on flows.current_client_role()',
    'execute on flows.mark_invitation_opened(text)',
    'execute on flows.redeem_invitation(text)',
    'execute on flows_gate.active_client_id(text)',
    'execute on flows_gate.count_api_request()',
    'execute on flows_gate.current_bucket_id()',
    'execute on flows_gate.is_client_bucket(text)',
    'execute on flows_gate.mark_invitation_opened(text)',
    'execute on flows_gate.redeem_invitation(text)',
    'select (client_code, created_at, domain, id, legal_name, region, status, tier) on flows.clients',
    'select on flows.api_usage',
    'select on flows.api_usage_days',
    'select on flows.api_usage_totals',
    'select on flows.audit_events',
    'select on flows.client_applications',
    'select on flows.client_buckets',
    'select on flows.client_members',
    'select on flows.client_snapshots',
    'select on flows.client_tiers',
    'select on flows.current_client',
    'select on flows.invitation_months',
    'select on flows.invitation_redemptions',
    'select on flows.invitations',
    'update (settings) on flows.client_applications',
    'usage on schema flows',
    'usage on schema flows_gate',
  ])
})

test('service_role, which no policy holds, reads and adds to the counts of API calls', async () => {
  expect(await grantedTo(owner, 'service_role')).toEqual([
    'execute on flows.count_api_request()',
    'execute on flows.current_client_id()',
    'execute on flows.current_client_role()',
    'execute on flows.mark_invitation_opened(text)',
    'execute on flows.record_api_usage(uuid,jsonb)',
    'execute on flows.redeem_invitation(text)',
    'execute on flows_gate.active_client_id(text)',
    'execute on flows_gate.count_api_request()',
    'execute on flows_gate.current_bucket_id()',
    'execute on flows_gate.is_client_bucket(text)',
    'execute on flows_gate.mark_invitation_opened(text)',
    'execute on flows_gate.record_api_usage(uuid,jsonb)',
    'execute on flows_gate.redeem_invitation(text)',
    'select on flows.api_usage',
    'select on flows.api_usage_days',
    'select on flows.api_usage_totals',
    'select on flows.audit_events',
    'select on flows.client_applications',
    'select on flows.client_buckets',
    'select on flows.client_members',
    'select on flows.client_snapshots',
    'select on flows.client_tiers',
    'select on flows.clients',
    'select on flows.invitation_months',
    'select on flows.invitation_redemptions',
    'select on flows.invitations',
    'usage on schema flows',
    'usage on schema flows_gate',
  ])
})

test('Supabase Auth reads what goes into an access token, and no more', async () => {
  expect(await grantedTo(owner, 'supabase_auth_admin')).toEqual([
    'execute on flows.access_token_hook(jsonb)',
    'select (client_code, id, status) on flows.clients',
    'select (client_id, created_at, permissions, role, status, user_id) on flows.client_members',
    'usage on schema flows',
  ])
})

test('staff deletes members, applications and notifications, and nothing that must be kept', async () => {
  const granted = await grantedTo(owner, 'flows_staff')
  expect(granted.filter((line) => line.startsWith('delete'))).toEqual([
    'delete on flows.client_applications',
    'delete on flows.client_members',
    'delete on flows_private.alert_notifications',
  ])
})

test('the audit trail is written and changed by nobody: staff included', async () => {
  for (const role of ['flows_staff', 'service_role', 'authenticated']) {
    const granted = await grantedTo(owner, role)
    expect(granted.filter((line) => line.includes('audit_events'))).toEqual(['select on flows.audit_events'])
  }
})

test('what is asked in every statement is stable and parallel, what changes something is volatile', async () => {
  const functions = await owner.many<{ name: string; kind: string }>(sql`
    select oid::regproc::text as name,
      concat_ws(' ', case provolatile when 'v' then 'volatile' when 's' then 'stable' else 'immutable' end,
        case when proparallel = 's' then 'parallel' end, case when prosecdef then 'definer' end) as kind
    from pg_proc
    where pronamespace in ('flows'::regnamespace, 'flows_gate'::regnamespace)`)
  expect(Object.fromEntries(functions.map(({ name, kind }) => [name, kind]))).toEqual({
    'flows.access_token_hook': 'stable',
    'flows.count_api_request': 'volatile',
    'flows.current_client_id': 'stable parallel',
    'flows.current_client_role': 'stable parallel',
    'flows.mark_invitation_opened': 'volatile',
    'flows.record_api_usage': 'volatile',
    'flows.redeem_invitation': 'volatile',
    'flows_gate.active_client_id': 'stable parallel definer',
    'flows_gate.count_api_request': 'volatile definer',
    'flows_gate.current_bucket_id': 'stable parallel definer',
    'flows_gate.is_client_bucket': 'stable parallel definer',
    'flows_gate.mark_invitation_opened': 'volatile definer',
    'flows_gate.record_api_usage': 'volatile definer',
    'flows_gate.redeem_invitation': 'volatile definer',
  })
})

test('a month of the audit trail cannot be read past its parent', async () => {
  const months = await owner.many<{ name: string; staff: boolean }>(sql`
    select inhrelid::regclass::text as name, has_any_column_privilege('flows_staff', inhrelid, 'select') as staff
    from pg_inherits
    where inhparent = 'flows.audit_events'::regclass`)
  expect(months.length).toBeGreaterThan(12)
  expect(months.filter(({ name, staff }) => staff || !name.startsWith('flows_private.'))).toEqual([])
})

test('every rule names what breaks it', async () => {
  const found = await faultsAfter(
    owner,
    `grant usage on schema flows_private to authenticated;
    grant select (client_id) on flows_private.client_keys to anon;
    grant truncate on flows.invitations to service_role;
    grant update on flows.invitations to authenticated;
    grant create on schema flows to authenticated;
    create function flows.careless() returns int language sql volatile security definer as 'select 1';
    create view flows.everything as select * from flows.clients;`,
    accessRules,
  )
  expect(found).toEqual({
    'no API role may look a name up in flows_private, nor use anything there': [
      'anon on flows_private.client_keys',
      'authenticated may use flows_private',
    ],
    'anon has no privilege on any relation': ['flows_private.client_keys'],
    'no role but the owner may truncate, reference, put triggers on or maintain a relation': [
      'service_role truncate on flows.invitations',
    ],
    'nobody may update whose a row is, or which one': [
      'authenticated on flows.invitations.client_id',
      'authenticated on flows.invitations.id',
    ],
    'no API role may make anything in a schema of flows-db': ['authenticated in flows'],
    'nobody may execute a function only by being somebody': ['flows.careless()'],
    'every function pins its search path': ['flows.careless()'],
    'what may do more than its caller is not exposed': ['flows.careless()'],
    'no function claims to be leakproof': [],
    'every view shows what its caller may see': ['flows.everything'],
  })
})
