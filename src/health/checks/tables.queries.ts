import type { Database } from '../../database/database.ts'
import { raw, sql } from '../../database/sql.ts'

/** Schemas whose tables are the operator's: those of the server and of the platform look after themselves. */
const ownSchemas = raw(`n.nspname !~ '^(pg_|supabase_|_)' and n.nspname not in (
  'information_schema', 'auth', 'storage', 'realtime', 'extensions', 'graphql', 'graphql_public', 'vault',
  'pgsodium', 'cron', 'net', 'pgbouncer')`)

/** A table with many dead rows. */
export type DeadRows = { table: string; dead: number; live: number; fix: string }

/** Tables with at least that many dead rows, and that part of all rows, the worst first. */
export function selectDeadRows(db: Database, rows: number, share: number): Promise<DeadRows[]> {
  return db.many(sql`
    select s.relid::regclass::text as table, s.n_dead_tup as dead, s.n_live_tup as live,
      format('vacuum (analyze) %s;', s.relid::regclass) as fix
    from pg_stat_user_tables s
    join pg_namespace n on n.nspname = s.schemaname
    where ${ownSchemas} and s.n_dead_tup >= ${rows}
      and s.n_dead_tup >= ${share}::double precision * (s.n_live_tup + s.n_dead_tup)
    order by s.n_dead_tup desc`)
}

/** Tables of at least that many rows that nothing has ever vacuumed or analyzed. */
export function selectNeverVacuumed(
  db: Database,
  rows: number,
): Promise<{ table: string; rows: number; fix: string }[]> {
  return db.many(sql`
    select s.relid::regclass::text as table, s.n_live_tup as rows,
      format('vacuum (analyze) %s;', s.relid::regclass) as fix
    from pg_stat_user_tables s
    join pg_namespace n on n.nspname = s.schemaname
    where ${ownSchemas} and s.n_live_tup >= ${rows}
      and (coalesce(s.last_vacuum, s.last_autovacuum) is null or coalesce(s.last_analyze, s.last_autoanalyze) is null)
    order by s.n_live_tup desc`)
}

/** An index that is not as it should be, and the statement that mends it. */
export type FaultyIndex = { index: string; table: string; bytes: number; other: string | null; fix: string }

/** Indexes that a failed or interrupted build left behind. */
export function selectInvalidIndexes(db: Database): Promise<FaultyIndex[]> {
  return db.many(sql`
    select i.indexrelid::regclass::text as index, i.indrelid::regclass::text as table,
      pg_relation_size(i.indexrelid) as bytes, null as other,
      format('reindex index concurrently %s;', i.indexrelid::regclass) as fix
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_namespace n on n.oid = c.relnamespace
    where ${ownSchemas} and not i.indisvalid and c.relkind = 'i'
    order by 1`)
}

/** Of indexes that are the same in everything but their name, those to be dropped: never one that a constraint stands on. */
export function selectDuplicateIndexes(db: Database): Promise<FaultyIndex[]> {
  return db.many(sql`
    with indexes as (
      select i.indexrelid, i.indrelid,
        row_number() over same as place,
        first_value(i.indexrelid) over same as kept
      from pg_index i
      join pg_class c on c.oid = i.indexrelid
      join pg_namespace n on n.oid = c.relnamespace
      left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
      where ${ownSchemas} and i.indisvalid and not c.relispartition
      window same as (
        partition by i.indrelid, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text,
          c.relam, i.indexprs::text, i.indpred::text
        order by k.oid is null, not i.indisunique, i.indexrelid
        rows between unbounded preceding and unbounded following)
    )
    select indexrelid::regclass::text as index, indrelid::regclass::text as table,
      pg_relation_size(indexrelid) as bytes, kept::regclass::text as other,
      format('drop index %s;', indexrelid::regclass) as fix
    from indexes
    where place > 1 and not exists (select from pg_constraint k where k.conindid = indexrelid)
    order by 1`)
}

/** Indexes of at least that many bytes that nothing has been looked up in: none of flows-db's own, and no unique one. */
export function selectUnusedIndexes(db: Database, bytes: number): Promise<FaultyIndex[]> {
  return db.many(sql`
    select s.indexrelid::regclass::text as index, s.relid::regclass::text as table,
      pg_relation_size(s.indexrelid) as bytes, null as other,
      format('drop index concurrently %s;', s.indexrelid::regclass) as fix
    from pg_stat_user_indexes s
    join pg_namespace n on n.nspname = s.schemaname
    join pg_index i on i.indexrelid = s.indexrelid
    where ${ownSchemas} and n.nspname not like 'flows%' and s.idx_scan = 0
      and not i.indisunique and i.indisvalid
      and not exists (select from pg_inherits h where h.inhrelid = s.indexrelid)
      and pg_relation_size(s.indexrelid) >= ${bytes}
    order by 3 desc`)
}
