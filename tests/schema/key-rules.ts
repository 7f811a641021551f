import { raw, sql } from '../../src/database/sql.ts'
import type { Rule } from './rules.ts'

/** Tables with a client_id, without the registry and without partitions, which count as their parent. */
const owned = raw(`
  select c.oid, c.oid::regclass::text as name
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'client_id' and not a.attisdropped
  where c.relnamespace::regnamespace::text like 'flows%' and c.relkind in ('r', 'p') and not c.relispartition`)

/** DESIGN section 4: what makes isolation hold by the shape of the keys, for every client-owned table. */
export const keyRules: readonly Rule[] = [
  {
    rule: 'client_id is a uuid and never null',
    faults: sql`
      select name as fault
      from (${owned}) owned
      join pg_attribute a on a.attrelid = owned.oid and a.attname = 'client_id'
      where a.atttypid <> 'uuid'::regtype or not a.attnotnull`,
  },
  {
    rule: 'the primary key starts with client_id',
    faults: sql`
      select name as fault
      from (${owned}) owned
      where not exists (
        select
        from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indrelid = owned.oid and i.indisprimary and a.attname = 'client_id')`,
  },
  {
    rule: 'every foreign key between client-owned tables carries client_id',
    faults: sql`
      select k.conrelid::regclass || ' ' || k.conname as fault
      from pg_constraint k
      where k.contype = 'f'
        and k.conrelid in (select oid from (${owned}) owned)
        and k.confrelid in (select oid from (${owned}) owned)
        and not exists (
          select
          from unnest(k.conkey, k.confkey) as pair (child, parent)
          join pg_attribute c on c.attrelid = k.conrelid and c.attnum = pair.child
          join pg_attribute p on p.attrelid = k.confrelid and p.attnum = pair.parent
          where c.attname = 'client_id' and p.attname = 'client_id')`,
  },
  {
    rule: 'every unique index starts with client_id',
    faults: sql`
      select i.indexrelid::regclass::text as fault
      from pg_index i
      left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid in (select oid from (${owned}) owned)
        and (i.indisunique or i.indisexclusion)
        and a.attname is distinct from 'client_id'`,
  },
  {
    rule: 'no foreign key sets a column to null or to its default',
    faults: sql`
      select k.conrelid::regclass || ' ' || k.conname as fault
      from pg_constraint k
      where k.contype = 'f'
        and k.connamespace::regnamespace::text like 'flows%'
        and (k.confdeltype in ('n', 'd') or k.confupdtype in ('n', 'd'))`,
  },
  {
    rule: 'what has a creation time has an index to list a client newest first',
    faults: sql`
      select name as fault
      from (${owned}) owned
      join pg_attribute t on t.attrelid = owned.oid and t.attname = 'created_at'
      where not exists (
        select
        from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indrelid = owned.oid and a.attname = 'client_id' and i.indkey[1] = t.attnum
          and i.indpred is null and (i.indisprimary or i.indoption[1] & 1 = 1))`,
  },
  {
    rule: 'indexes hold plain columns of leakproof types only, so that row-level security can use them',
    faults: sql`
      select distinct i.indexrelid::regclass || ' ' || coalesce(a.attname, 'expression') as fault
      from pg_index i, unnest(i.indkey) key
      left join pg_attribute a on a.attnum = key
      where i.indrelid in (select oid from (${owned}) owned)
        and (a.attrelid = i.indrelid or key = 0)
        and (key = 0 or a.atttypid <> all (array[
          'uuid', 'text', 'integer', 'bigint', 'boolean', 'timestamptz', 'date']::regtype[]))`,
  },
  {
    rule: 'there are no sequences',
    faults: sql`
      select oid::regclass::text as fault
      from pg_class
      where relkind = 'S' and relnamespace::regnamespace::text like 'flows%'`,
  },
]
