import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** A table some of whose changes leave no trace, and the statement that mends it. */
export type SilentTable = { table: string; how: string; fix: string }

/**
 * Tables of flows and flows_private that lack an audit trigger that fires, but for those of `exempt`, named with their
 * schema; and triggers of flows-db on other tables that are switched off.
 */
export function selectSilentTables(db: Database, exempt: readonly string[]): Promise<SilentTable[]> {
  return db.many(sql`
    with audited as (
      select c.oid, c.oid::regclass::text as name, c.relname,
        (
          select p.oid::regproc
          from pg_proc p
          where p.pronamespace = to_regnamespace('flows_private') and p.proname = 'audit_' || c.relname
        ) as trigger_function
      from pg_class c
      where c.relkind in ('r', 'p') and not c.relispartition
        and c.relnamespace = any (array(
          select oid from pg_namespace where nspname in ('flows', 'flows_private')))
        and c.oid::regclass::text <> all (${[...exempt]}::text[])
    ), kinds (kind, verb, tables) as (
      -- the kind of a statement's after trigger, as pg_trigger.h numbers it
      values (4, 'insert', 'referencing new table as new_rows'),
        (8, 'delete', 'referencing old table as old_rows'),
        (16, 'update', 'referencing old table as old_rows new table as new_rows'),
        (32, 'truncate', '')
    )
    select a.name as table,
      string_agg(verb || case when t.oid is null then ' is not recorded' else ' is switched off' end, ', '
        order by verb) as how,
      case when a.trigger_function is null
        then format('select flows_private.audit_table(%L, ''{}'');', a.name)
        else string_agg(
          case when t.oid is null then format(
            'create or replace trigger %I after %s on %s %s for each statement execute function %s(%L);',
            a.relname || '_audit_' || verb, verb, a.name, k.tables, a.trigger_function, a.relname)
          else format('alter table %s enable trigger %I;', a.name, t.tgname) end, ' ' order by verb)
      end as fix
    from audited a
    cross join kinds k
    left join pg_trigger t on t.tgrelid = a.oid and t.tgtype = k.kind
      and t.tgfoid::regproc::text = coalesce(a.trigger_function::text, 'flows_private.audit_' || a.relname)
    where t.oid is null or t.tgenabled <> 'O'
    group by a.name, a.relname, a.trigger_function
    union all
    select c.oid::regclass::text, format('the trigger %I is switched off', t.tgname),
      -- a table of Supabase's may not be altered; a trigger that is made again is switched on
      case when c.relnamespace = to_regnamespace('storage')
        then regexp_replace(pg_get_triggerdef(t.oid), '^CREATE TRIGGER', 'create or replace trigger') || ';'
        else format('alter table %s enable trigger %I;', c.oid::regclass, t.tgname) end
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join pg_proc p on p.oid = t.tgfoid
    where p.pronamespace = to_regnamespace('flows_private') and t.tgenabled <> 'O' and not t.tgisinternal
      and p.proname not like 'audit\\_%' and t.tgparentid = 0
    order by 1`)
}
