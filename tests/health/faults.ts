import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import type { HealthLimits } from '../../src/health/limits.ts'
import { keyFile } from '../keys/key-file.ts'
import type { Patient } from './patient.ts'

/** Something that can be wrong with a database: how it comes about, and what is found then. */
export type PlantedFault = {
  id: string
  title: string
  /** SQL of the migrating role, or anything. */
  plant: string | ((patient: Patient) => Promise<void>)
  /** What the finding says. */
  what: RegExp
  /** Checks that find something of it, too. */
  also?: readonly string[]
  limits?: Partial<HealthLimits>
  /** Who runs the remedy where hosted Supabase's postgres may and the embedded server's may not. */
  by?: 'admin'
}

const client = 'client:create --client-code acme --legal-name Acme --region EU'

async function must(patient: Patient, ...lines: string[]): Promise<void> {
  for (const line of lines) {
    const { status, stderr } = await patient.run(line)
    if (status !== 0) throw new Error(`${line}: ${stderr}`)
  }
}

function quietly(work: Promise<unknown>): void {
  // The remedy ends it, which is an error to whoever did it.
  work.catch(() => undefined)
}

async function untilSeen(patient: Patient, state: string): Promise<void> {
  for (;;) {
    const seen = await patient.owner.many(sql`
      select from pg_stat_activity
      where datname = current_database() and state = ${state} and pid <> pg_backend_pid()`)
    if (seen.length > 0) return
  }
}

const drifts: readonly (readonly [title: string, plant: string, what: RegExp])[] = [
  [
    'a policy is dropped',
    'drop policy invitations_select_own on flows.invitations',
    /policy invitations_select_own on flows.invitations is missing/,
  ],
  [
    'a policy is opened',
    'alter policy client_applications_update_admin on flows.client_applications using (true)',
    /policy client_applications_update_admin .* is not as/,
  ],
  [
    'a policy is added',
    'create policy mine on flows.invitations for select to authenticated using (true)',
    /policy mine on flows.invitations is not in schemas/,
  ],
  [
    'a policy of the storage schema is dropped',
    'drop policy flows_objects_floor on storage.objects',
    /policy flows_objects_floor on storage.objects is missing/,
  ],
  [
    'an index is dropped',
    'drop index flows.invitations_client_id_created_at_idx',
    /index invitations_client_id_created_at_idx on flows.invitations is missing/,
  ],
  [
    'a constraint is dropped',
    'alter table flows.invitations drop constraint invitations_max_uses_check',
    /constraint invitations_max_uses_check on flows.invitations is missing/,
  ],
  [
    'a constraint is loosened',
    'alter table flows_private.client_keys drop constraint client_keys_epoch_check, add constraint client_keys_epoch_check check (epoch > -1)',
    /constraint client_keys_epoch_check .* is not as/,
  ],
  [
    'a constraint is added',
    'alter table flows.clients add constraint mine check (legal_name <> $$none$$)',
    /constraint mine on flows.clients is not in schemas/,
  ],
  [
    'a function is replaced',
    'create or replace function flows.current_client_role() returns text language sql stable set search_path = $$$$ as $$ select $q$admin$q$ $$',
    /function flows.current_client_role\(\) is not as/,
  ],
  [
    'a function is dropped',
    'drop function flows.mark_invitation_opened(text)',
    /function flows.mark_invitation_opened\(text\) is missing/,
  ],
  [
    'a grant is taken away',
    'revoke select on flows.invitations from authenticated',
    /grant select on flows.invitations to authenticated is missing/,
  ],
  [
    'a grant of a column is taken away',
    'revoke update (settings) on flows.client_applications from authenticated',
    /grant update on column flows.client_applications.settings to authenticated is missing/,
  ],
  [
    'a grant is added',
    'grant delete on flows.invitations to authenticated',
    /grant delete on flows.invitations to authenticated is not in schemas/,
  ],
  [
    'a grant of a column is added',
    'grant update (legal_name) on flows.clients to authenticated',
    /grant update on column flows.clients.legal_name to authenticated is not in/,
  ],
  [
    'a default is dropped',
    'alter table flows.invitations alter column max_uses drop default',
    /column max_uses on flows.invitations is not as/,
  ],
  [
    'a column may be null',
    'alter table flows.invitations alter column permissions drop not null',
    /column permissions on flows.invitations is not as/,
  ],
  [
    'a view shows what its owner sees',
    'alter view flows.current_client reset (security_invoker)',
    /relation flows.current_client is not as/,
  ],
  [
    'a view is replaced',
    'create or replace view flows.current_client with (security_invoker = true) as select * from (select id, client_code, legal_name, domain, region, status, created_at, tier from flows.clients) all_of_them',
    /view flows.current_client is not as/,
  ],
  [
    'a trigger is dropped',
    'drop trigger client_tiers_refuse_below_use on flows.client_tiers',
    /trigger client_tiers_refuse_below_use on flows.client_tiers is missing/,
  ],
  [
    'a trigger is added',
    'create trigger mine after insert on flows.clients for each row execute function flows_private.touch_updated_at()',
    /trigger mine on flows.clients is not in/,
  ],
]

/** Every fault that has a remedy which can be executed. */
export const plantedFaults: readonly PlantedFault[] = [
  {
    id: 'idle-in-transaction',
    title: 'a session holds a transaction open',
    plant: async (patient) => {
      quietly(
        patient.other.transaction(() => new Promise((resolve) => onTestFinished(() => resolve(undefined)))),
      )
      await untilSeen(patient, 'idle in transaction')
    },
    what: /^Session \d+ \(postgres, flows-db\) has held a transaction open and done nothing for/,
    limits: { idleInTransactionSeconds: 0 },
  },
  {
    id: 'long-statements',
    title: 'a statement runs for long',
    plant: async (patient) => {
      quietly(patient.other.run(sql`select pg_sleep(60)`))
      await untilSeen(patient, 'active')
    },
    what: /^Session \d+ \(postgres, flows-db\) has run one statement for/,
    limits: { longStatementSeconds: 0 },
  },
  {
    id: 'replication-slots',
    title: 'nobody reads a replication slot',
    plant: async ({ admin }) => {
      await admin.run(sql`select pg_create_physical_replication_slot('left_behind', true)`)
      onTestFinished(async () => {
        await admin.run(sql`
          select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = 'left_behind'`)
      })
    },
    what: /^Nobody reads the replication slot left_behind; it keeps \d+ MB of the log$/,
    limits: { slotBytes: 0 },
    by: 'admin',
  },
  {
    id: 'migrations-pending',
    title: 'a migration waits',
    plant: async ({ cwd }) =>
      writeFileSync(
        join(cwd, 'migrations', '999_add_notes.sql'),
        'create table public.notes (id uuid primary key);',
      ),
    what: /^Migration 999_add_notes is pending$/,
  },
  {
    id: 'migrations-changed',
    title: 'a migration was edited after it was applied',
    plant: async ({ cwd }) => appendFileSync(join(cwd, 'migrations', '001_initial_setup.sql'), '-- edited\n'),
    what: /001_initial_setup\.sql/,
  },
  ...drifts.map(([title, plant, what]) => ({ id: 'schema-drift', title, plant, what })),
  {
    id: 'row-level-security',
    title: 'it is switched off',
    plant: 'alter table flows.invitations disable row level security',
    what: /^row-level security of flows.invitations is off$/,
  },
  {
    id: 'row-level-security',
    title: 'it is not forced, on a month of the audit trail',
    plant: 'alter table flows_private.audit_events_default no force row level security',
    what: /^row-level security of flows_private.audit_events_default is not forced$/,
  },
  {
    id: 'row-level-security',
    title: "it is off on a table of the user's own that belongs to clients",
    plant: 'create table public.orders (client_id uuid not null, id uuid, primary key (client_id, id))',
    what: /^row-level security of public.orders is off$|^row-level security of orders is off$/,
    also: ['tenant-floor'],
  },
  {
    id: 'tenant-floor',
    title: 'it is dropped',
    plant: 'drop policy client_members_floor on flows.client_members',
    what: /^the tenant floor under flows.client_members is missing$/,
  },
  {
    id: 'tenant-floor',
    title: 'it is opened',
    plant: 'alter policy invitations_floor on flows.invitations using (true)',
    what: /^the tenant floor under flows.invitations is not for every verb/,
  },
  {
    id: 'tenant-floor',
    title: 'it holds for anon only',
    plant: 'alter policy clients_floor on flows.clients to anon',
    what: /^the tenant floor under flows.clients is not for every verb/,
  },
  {
    id: 'api-grants',
    title: 'a table may be truncated',
    plant: 'grant truncate on flows.invitations to service_role',
    what: /^flows.invitations: truncate for service_role$/,
  },
  {
    id: 'api-grants',
    title: 'a column of the private schema may be read',
    plant: 'grant select (client_id) on flows_private.client_keys to anon',
    what: /^flows_private.client_keys: select \(client_id\) for anon$/,
  },
  {
    id: 'api-grants',
    title: 'names of the private schema may be looked up',
    plant: 'grant usage on schema flows_private to authenticated',
    what: /^schema flows_private: usage for authenticated$/,
  },
  {
    id: 'api-grants',
    title: 'objects may be made in a schema',
    plant: 'grant create on schema flows to authenticated',
    what: /^schema flows: create for authenticated$/,
  },
  {
    id: 'public-grants',
    title: 'everybody may execute a function',
    plant: 'grant execute on function flows_gate.active_client_id(text) to public',
    what: /^function flows_gate.active_client_id\(text\): execute for everybody$/,
  },
  {
    id: 'public-grants',
    title: 'everybody may read a table',
    plant: 'grant select on flows.client_tiers to public',
    what: /^flows.client_tiers: select for everybody$/,
  },
  {
    id: 'default-privileges',
    title: 'new tables of flows are open',
    plant: 'alter default privileges in schema flows grant select, insert on tables to anon',
    what: /^new tables of postgres in flows: insert, select for anon$/,
  },
  {
    id: 'default-privileges',
    title: 'new tables of every schema are open',
    plant: 'alter default privileges grant select on tables to authenticated',
    what: /^new tables of postgres: select for authenticated$/,
  },
  {
    id: 'audit-triggers',
    title: 'one is switched off',
    plant: 'alter table flows.clients disable trigger clients_audit_update',
    what: /^flows.clients: update is switched off$/,
  },
  {
    id: 'audit-triggers',
    title: 'two are dropped',
    plant:
      'drop trigger client_members_audit_insert on flows.client_members; ' +
      'drop trigger client_members_audit_truncate on flows.client_members',
    what: /^flows.client_members: insert is not recorded, truncate is not recorded$/,
  },
  {
    id: 'audit-triggers',
    title: 'a table has none',
    plant: 'create table flows.notes (id uuid primary key)',
    what: /^flows.notes: delete is not recorded, insert is not recorded, truncate/,
  },
  {
    id: 'audit-triggers',
    title: 'files are not counted any more',
    plant: async ({ admin }) =>
      admin.script('alter table storage.objects disable trigger flows_count_insert'),
    what: /^storage.objects: the trigger flows_count_insert is switched off$/,
  },
  {
    id: 'client-keys',
    title: 'a client has none',
    plant: async (patient) => {
      await must(patient, client)
      await patient.owner.run(sql`update flows_private.client_keys set state = 'revoked', retired_at = now()`)
    },
    what: /^Client acme has no active key$/,
  },
  {
    id: 'retired-keys',
    title: 'one outlives its last invitation',
    plant: async (patient) => {
      await must(patient, client, 'keys:rotate --client acme')
      await patient.owner.run(sql`
        update flows_private.client_keys set retired_at = now() - interval '8 days' where state = 'retiring'`)
    },
    what: /^Key 1 of client acme is rotated out, and nothing needs it any more$/,
  },
  {
    id: 'signing-keys',
    title: 'the one that signs ends tomorrow',
    plant: async (patient) => {
      const { cwd } = patient
      writeFileSync(join(cwd, 'keys.pem'), keyFile('EdDSA', 'ES256'))
      writeFileSync(join(cwd, '.env'), 'JWT_KEY_FILE=keys.pem\n')
      await must(
        patient,
        `${client} --app offboarding`,
        'invitation:create --client acme --app offboarding --invitee ada@acme.example',
      )
      await patient.owner.run(sql`
        update flows_private.signing_keys set not_after = now() + interval '1 day' where state = 'active'`)
    },
    what: /^The key \S+, which signs invitations, ends on \d{4}-\d\d-\d\d$/,
  },
  {
    id: 'bucket-missing',
    title: 'it was deleted',
    plant: async (patient) => {
      await must(patient, client)
      await patient.owner.script(
        "delete from flows.client_buckets; set local storage.allow_delete_query = 'true'; delete from storage.buckets",
      )
    },
    what: /^Client acme has no storage bucket$/,
  },
  {
    id: 'bucket-missing',
    title: 'it is there, and not noted as the client’s',
    plant: async (patient) => {
      await must(patient, client)
      await patient.owner.script('delete from flows.client_buckets')
    },
    what: /^Client acme has no storage bucket$/,
  },
  {
    id: 'bucket-orphaned',
    title: 'it is left over',
    plant: "insert into storage.buckets (id, name) values ('flows-ghost', 'flows-ghost')",
    what: /^The bucket flows-ghost belongs to no client \(0 files\)$/,
  },
  {
    id: 'bucket-public',
    title: 'it is public',
    plant: async (patient) => {
      await must(patient, client)
      await patient.owner.script('update storage.buckets set public = true where true')
    },
    what: /^The bucket flows-acme is public$/,
  },
  {
    id: 'backup-age',
    title: 'a client has none',
    plant: async (patient) => {
      await must(patient, client)
      await patient.owner.run(sql`update flows.clients set created_at = now() - interval '27 hours'`)
    },
    what: /^No backup of client acme is known of, at least none of the last week$/,
  },
  {
    id: 'dead-rows',
    title: 'most rows of a table are dead',
    plant: async ({ owner }) => {
      await owner.script(
        'create table public.busy with (autovacuum_enabled = false) as select generate_series(1, 200) as n',
      )
      await owner.script('delete from public.busy where n > 20; select pg_stat_force_next_flush()')
    },
    what: /busy has 180 dead rows beside 20 live ones$/,
    limits: { deadRows: 100 },
  },
  {
    id: 'never-vacuumed',
    title: 'a table was never vacuumed',
    plant:
      'create table public.fresh with (autovacuum_enabled = false) as select generate_series(1, 200) as n; ' +
      'select pg_stat_force_next_flush()',
    what: /fresh, of 200 rows, was never vacuumed or never analyzed$/,
    limits: { neverVacuumedRows: 150 },
  },
  {
    id: 'invalid-indexes',
    title: 'a build failed',
    plant: async ({ owner }) => {
      await owner.script('create table public.doubles as select 1 as n from generate_series(1, 2)')
      await owner
        .script('create unique index concurrently doubles_n_idx on public.doubles (n)')
        .catch(() => undefined)
      await owner.script('truncate public.doubles')
    },
    what: /^The index (public\.)?doubles_n_idx on (public\.)?doubles is not valid$/,
  },
  {
    id: 'duplicate-indexes',
    title: 'a primary key has another index of the same column',
    plant: 'create table public.pairs (n integer primary key); create index pairs_n_idx on public.pairs (n)',
    what: /^The index (public\.)?pairs_n_idx is the same as (public\.)?pairs_pkey$/,
  },
  {
    id: 'unused-indexes',
    title: 'nothing looks anything up in it',
    plant: 'create table public.idle (n integer); create index idle_n_idx on public.idle (n)',
    what: /^The index (public\.)?idle_n_idx on (public\.)?idle \(0 MB\) was never used$/,
    limits: { unusedIndexBytes: 0 },
  },
]

/** The last migration of a folder is taken out: what a newer program applied. */
export function forgetLastMigration(folder: string): void {
  const last = readdirSync(folder)
    .filter((name) => /^\d/.test(name))
    .sort()
    .at(-1)
  rmSync(join(folder, last ?? ''))
}
