import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** A table whose rows belong to clients, with what copying its rows must know. */
export type ClientTable = {
  schema: string
  table: string
  /** The column that says whose row it is: client_id, or id in the registry itself. */
  ownerColumn: string
  /** The columns that can be written, the owner's first. */
  columns: readonly string[]
  /** Their types, in the same order. */
  types: readonly string[]
  /** Whether COPY's binary form of every type is the same in every database: no ids of types or objects in it. */
  portable: boolean
  /** Those of type uuid. */
  uuidColumns: readonly string[]
  /** Those whose order depends on a collation. */
  textColumns: readonly string[]
  /** Empty for a table without a primary key. */
  primaryKey: readonly string[]
  /** Those that get whole numbers from a sequence: identity, serial or another default that draws from one. */
  drawn: readonly DrawnColumn[]
  /** Whether it inherits from another table of clients, which then shows its rows, too. */
  inherits: boolean
}

/** A column that draws from a sequence, which is quoted for a statement; `isKey` if a unique index has it. */
export type DrawnColumn = { column: string; sequence: string; isKey: boolean }

/** A foreign key from or to tables of clients. */
export type Reference = {
  name: string
  schema: string
  table: string
  columns: readonly string[]
  toSchema: string
  toTable: string
  toColumns: readonly string[]
  /** Whether rows of before it was made hold it as well; new rows always do. */
  validated: boolean
}

/**
 * Tables with a client_id of type uuid, and the registry. What Supabase's own services keep is none of ours: in its
 * auth schema a client_id is an OAuth client.
 */
const ofClients = sql`
  select c.oid, n.nspname, c.relname, a.attname as owner_column
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and not a.attisdropped
    and a.atttypid = 'uuid'::pg_catalog.regtype
    and a.attname = case when (n.nspname, c.relname) = ('flows', 'clients') then 'id' else 'client_id' end
  where c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname !~ '^(pg_|_(realtime|analytics|supavisor|supabase|timescaledb)(_|$))' and n.nspname <> all (array[
      'information_schema', 'auth', 'storage', 'realtime', 'vault', 'extensions', 'graphql', 'graphql_public',
      'pgsodium', 'net', 'cron', 'supabase_functions', 'supabase_migrations'])`

/** Columns of whole numbers with the sequence that belongs to them or that their default names. */
const drawnColumns = sql`
  select distinct on (a.attrelid, a.attnum) a.attrelid, a.attnum, a.attname, q.oid as sequence
  from pg_catalog.pg_attribute a
  left join pg_catalog.pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
  join pg_catalog.pg_depend d
    on (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype in ('a', 'i')
      and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and d.refobjid = a.attrelid and d.refobjsubid = a.attnum)
    or (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = f.oid
      and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
  join pg_catalog.pg_class q on q.relkind = 'S'
    and q.oid = case when d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass then d.objid else d.refobjid end
  where not a.attisdropped
    and a.atttypid in ('smallint'::pg_catalog.regtype, 'integer'::pg_catalog.regtype, 'bigint'::pg_catalog.regtype)
  order by a.attrelid, a.attnum, d.classid desc, q.oid`

/** Every table whose rows belong to clients, by schema and name, from the catalogue and never from a list. */
export function selectClientTables(db: Database): Promise<ClientTable[]> {
  return db.many(sql`
    select t.nspname::text as schema, t.relname::text as "table", t.owner_column::text,
      array(
        select a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attname <> t.owner_column, a.attnum) as columns,
      array(
        select pg_catalog.format_type(a.atttypid, null) from pg_catalog.pg_attribute a
        where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        order by a.attname <> t.owner_column, a.attnum) as types,
      not exists (
        select from pg_catalog.pg_attribute a
        join pg_catalog.pg_type p on p.oid = a.atttypid
        where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
          and (p.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace or p.typname ~ '^_?(reg|oid)'
            or p.typsend = 0 or p.typreceive = 0)) as portable,
      array(
        select a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
          and a.atttypid = 'uuid'::pg_catalog.regtype) as uuid_columns,
      array(
        select a.attname::text from pg_catalog.pg_attribute a
        where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attcollation <> 0) as text_columns,
      array(
        select a.attname::text
        from pg_catalog.pg_index i
        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
        where i.indrelid = t.oid and i.indisprimary
        order by array_position(i.indkey::smallint[], a.attnum)) as primary_key,
      coalesce((
        select jsonb_agg(
          jsonb_build_object(
            'column', d.attname, 'sequence', format('%I.%I', n.nspname, s.relname),
            'isKey', exists (
              select from pg_catalog.pg_index i
              where i.indrelid = t.oid and i.indisunique and d.attnum = any (i.indkey)))
          order by d.attnum)
        from (${drawnColumns}) d
        join pg_catalog.pg_class s on s.oid = d.sequence
        join pg_catalog.pg_namespace n on n.oid = s.relnamespace
        where d.attrelid = t.oid), '[]') as drawn,
      exists (
        select from pg_catalog.pg_inherits h
        where h.inhrelid = t.oid and h.inhparent in (select p.oid from (${ofClients}) p)) as inherits
    from (${ofClients}) t
    order by t.nspname collate "C", t.relname collate "C"`)
}

/** Every foreign key that leaves from or leads to a table of clients; one of a partition counts as one of its whole table. */
export function selectReferences(db: Database): Promise<Reference[]> {
  return db.many(sql`
    with owned as (select t.oid from (${ofClients}) t)
    select k.conname::text as name, n.nspname::text as schema, c.relname::text as "table",
      array(
        select a.attname::text from unnest(k.conkey) with ordinality as key (attnum, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.attnum
        order by key.place) as columns,
      fn.nspname::text as to_schema, f.relname::text as to_table,
      array(
        select a.attname::text from unnest(k.confkey) with ordinality as key (attnum, place)
        join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.attnum
        order by key.place) as to_columns,
      k.convalidated as validated
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = coalesce(pg_catalog.pg_partition_root(k.conrelid), k.conrelid)
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class f on f.oid = coalesce(pg_catalog.pg_partition_root(k.confrelid), k.confrelid)
    join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace
    where k.contype = 'f' and k.conparentid = 0
      and (c.oid in (select oid from owned) or f.oid in (select oid from owned))
    order by n.nspname collate "C", c.relname collate "C", k.conname collate "C"`)
}
