import { expect, test } from 'vitest'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { testDatabase } from '../support/database.ts'
import { keyRules } from './key-rules.ts'
import { policyRules } from './policy-rules.ts'
import { faultsAfter, faultsOf } from './rules.ts'

const { owner } = await testDatabase()
const rules = [...keyRules, ...policyRules]

test('the catalogue has client-owned tables to hold the rules against', async () => {
  const tables = await clientOwnedTables(owner)
  expect(tables.map(({ schema, table }) => `${schema}.${table}`)).toEqual(
    expect.arrayContaining([
      'flows.clients',
      'flows.invitations',
      'flows.audit_events',
      'flows_private.client_keys',
    ]),
  )
})

for (const rule of rules) {
  test(rule.rule, async () => {
    expect(await faultsOf(owner, rule)).toEqual([])
  })
}

test('a table that breaks every rule is named by every rule', async () => {
  const found = await faultsAfter(
    owner,
    `create type flows.mood as enum ('good');
    create table flows.bad (
      id serial primary key,
      client_id text,
      mood flows.mood,
      parent_id uuid references flows.clients (id) on delete set null,
      created_at timestamptz
    );
    create index bad_created_at_idx on flows.bad (client_id, created_at desc) where id > 0;
    create index bad_mood_idx on flows.bad (client_id, mood);
    create table flows.worse (
      client_id uuid not null,
      application_id uuid unique,
      constraint worse_fkey foreign key (client_id, application_id)
        references flows.client_applications (client_id, id),
      constraint worse_bad_fkey foreign key (client_id) references flows.clients (id)
    );
    create table flows.worst (bad_id int constraint worst_bad_fkey references flows.bad (id), client_id uuid not null);
    create policy worse_open on flows.worse using (true);
    create policy worse_believing on flows.worse to authenticated
      using (client_id::text = current_setting('request.jwt.claims')::json -> 'user_metadata' ->> 'client_id');
    create policy worse_staff on flows.worse to flows_staff, service_role using (true);
    create policy worse_floor on flows.worse as restrictive to anon, authenticated
      using (client_id = flows.current_client_id());`,
    rules,
  )
  const all = ['flows.bad', 'flows.worse', 'flows.worst']
  expect(found).toEqual({
    'client_id is a uuid and never null': ['flows.bad'],
    'the primary key starts with client_id': all,
    'every foreign key between client-owned tables carries client_id': ['flows.worst worst_bad_fkey'],
    'every unique index starts with client_id': ['flows.bad_pkey', 'flows.worse_application_id_key'],
    'no foreign key sets a column to null or to its default': ['flows.bad bad_parent_id_fkey'],
    'what has a creation time has an index to list a client newest first': ['flows.bad'],
    'indexes hold plain columns of leakproof types only, so that row-level security can use them': [
      'flows.bad_mood_idx mood',
    ],
    'there are no sequences': ['flows.bad_id_seq'],
    'row-level security is on and forced, on every table with a client_id and every partition': all,
    'row-level security is on, whatever the table holds': all,
    'every client-owned table has one restrictive policy for everything, in the canonical form of the floor':
      all,
    'every client-owned table has a policy for staff, which is for nobody else': [
      'flows.bad',
      'flows.worse',
      'flows.worse worse_staff',
      'flows.worst',
    ],
    'no permissive policy is for anon or for everybody': ['flows.worse worse_open'],
    'no policy believes what users write about themselves, or a header': ['flows.worse worse_believing'],
  })
})
