import { expect, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { faultsAfter, faultsOf, type Rule } from './rules.ts'

const { owner } = await testDatabase()

/**
 * Measurements: what was counted, by the million, and what follows from audited tables. Nobody, staff included, is
 * granted a verb on them (which is held below); functions add to them, and usage_batches says who added what.
 */
const measured = [
  'flows.api_usage',
  'flows.api_usage_days',
  'flows.api_usage_totals',
  'flows.client_snapshots',
  'flows.invitation_months',
  'flows_private.api_calls',
  'flows_private.usage_batches',
]

/** Every table whose changes must leave a trace: all but the trail itself, the migrator's notes and measurements. */
const audited = sql`
  select c.oid, c.oid::regclass::text as name, c.relname
  from pg_class c
  where c.relkind in ('r', 'p') and not c.relispartition
    and c.relnamespace in ('flows'::regnamespace, 'flows_private'::regnamespace)
    and c.oid not in ('flows.audit_events'::regclass, 'flows_private.migration_checksums'::regclass)
    and c.oid <> all (${measured}::regclass[]::oid[])`

/** Columns that follow from something else, which is an event of its own or of another table. */
const derived = [
  ...[
    'updated_at',
    'object_count',
    'object_bytes',
    'hour',
    'hits',
    'value',
    'threshold',
    'due_at',
    'attempts',
  ],
  ...['started_at', 'succeeded_at', 'failure', 'outcome'],
]

const rules: readonly Rule[] = [
  {
    rule: 'every table has the four audit triggers, which fire and are told its name',
    // insert, delete, update and truncate, after the statement: see pg_trigger.h
    faults: sql`
      select format('%s has no trigger of kind %s', audited.name, kind) as fault
      from (${audited}) audited, unnest(array[4, 8, 16, 32]) kind
      where not exists (
        select
        from pg_trigger t
        join pg_proc p on p.oid = t.tgfoid
        where t.tgrelid = audited.oid and t.tgtype = kind and t.tgenabled = 'O' and t.tgqual is null
          and t.tgattr = '' and t.tgfoid::regproc::text = 'flows_private.audit_' || audited.relname
          and t.tgargs = convert_to(audited.relname, 'UTF8') || '\\x00')`,
  },
  {
    rule: 'every audit function knows every column of its table',
    faults: sql`
      select format('%s.%s', audited.name, a.attname) as fault
      from (${audited}) audited
      join pg_attribute a on a.attrelid = audited.oid and a.attnum > 0 and not a.attisdropped
      left join pg_proc p
        on p.proname = 'audit_' || audited.relname and p.pronamespace = 'flows_private'::regnamespace
      where a.attname <> all (${derived})
        and position(format('then %L end', a.attname) in coalesce(p.prosrc, '')) = 0`,
  },
  {
    rule: 'no trigger of flows-db fires in replication or always, and none is switched off',
    faults: sql`
      select format('%s on %s', tgname, tgrelid::regclass) as fault
      from pg_trigger
      join pg_class c on c.oid = tgrelid
      where c.relnamespace::regnamespace::text like 'flows%' and not tgisinternal and tgenabled <> 'O'`,
  },
  {
    rule: 'what is measured and not audited can be written by nobody',
    faults: sql`
      select format('%s on %s', role, measured) as fault
      from unnest(${measured}::text[]) measured,
        unnest(array['anon', 'authenticated', 'service_role', 'flows_staff']) role
      where has_any_column_privilege(role, measured, 'insert, update')
        or has_table_privilege(role, measured, 'delete, truncate')`,
  },
  {
    rule: 'events can be neither changed nor truncated, in any month',
    faults: sql`
      select c.oid::regclass::text as fault
      from pg_class c
      where (c.oid = 'flows.audit_events'::regclass
          or c.oid in (select inhrelid from pg_inherits where inhparent = 'flows.audit_events'::regclass))
        and 2 <> (
          select count(*)
          from pg_trigger
          where tgrelid = c.oid and tgfoid::regproc::text = 'flows_private.refuse_change' and tgtype in (27, 34))`,
  },
]

test('the catalogue has tables that must be audited', async () => {
  const tables = await owner.many<{ name: string }>(audited)
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['flows.clients', 'flows.client_tiers', 'flows_private.client_keys']),
  )
})

for (const rule of rules) {
  test(rule.rule, async () => {
    expect(await faultsOf(owner, rule)).toEqual([])
  })
}

test('a table, a column, a trigger and a month outside the trail are named', async () => {
  const found = await faultsAfter(
    owner,
    `create table flows.silent (id uuid primary key);
    alter table flows.invitations add column note text;
    alter table flows.clients disable trigger clients_audit_update;
    alter table flows.client_tiers enable always trigger client_tiers_audit_delete;
    grant update (calls) on flows.api_usage to flows_staff;
    drop trigger audit_events_refuse_truncate on flows_private.audit_events_default;`,
    rules,
  )
  expect(Object.values(found)).toEqual([
    [
      'flows.client_tiers has no trigger of kind 8',
      'flows.clients has no trigger of kind 16',
      ...[16, 32, 4, 8].map((kind) => `flows.silent has no trigger of kind ${kind}`),
    ],
    ['flows.invitations.note', 'flows.silent.id'],
    ['client_tiers_audit_delete on flows.client_tiers', 'clients_audit_update on flows.clients'],
    ['flows_staff on flows.api_usage'],
    ['flows_private.audit_events_default'],
  ])
})
