import type { Database } from '../../database/database.ts'
import { identifier, sql } from '../../database/sql.ts'

/** A session that has done one thing for too long, and the statement that ends it. */
export type LongSession = {
  pid: number
  userName: string | null
  applicationName: string
  seconds: number
  fix: string
}

/** Sessions of this database that have held a transaction open and done nothing for that many seconds. */
export function selectIdleSessions(db: Database, seconds: number): Promise<LongSession[]> {
  return db.many(sql`
    select pid, usename::text as user_name, application_name,
      extract(epoch from clock_timestamp() - state_change)::double precision as seconds,
      format('select pg_terminate_backend(%s);', pid) as fix
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'
      and clock_timestamp() - state_change >= make_interval(secs => ${seconds})
    order by state_change`)
}

/** Statements of this database's clients that have run for that many seconds. */
export function selectLongStatements(db: Database, seconds: number): Promise<LongSession[]> {
  return db.many(sql`
    select pid, usename::text as user_name, application_name,
      extract(epoch from clock_timestamp() - query_start)::double precision as seconds,
      format('select pg_cancel_backend(%s);', pid) as fix
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and state = 'active'
      and backend_type = 'client backend'
      and clock_timestamp() - query_start >= make_interval(secs => ${seconds})
    order by query_start`)
}

/** A statement as pg_stat_statements keeps it: without the values of its parameters. */
export type SlowStatement = { calls: number; meanMilliseconds: number; statement: string }

/** The schema of the extension pg_stat_statements, if this database has it. */
export function selectStatisticsSchema(db: Database): Promise<{ schema: string } | undefined> {
  return db.maybe(sql`
    select n.nspname::text as schema
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'`)
}

/**
 * The slowest statements of this database that are called often, the one that takes most time first. Only those whose
 * constants pg_stat_statements replaces: another might hold a value.
 */
export function selectSlowStatements(
  db: Database,
  schema: string,
  { calls, milliseconds }: { calls: number; milliseconds: number },
): Promise<SlowStatement[]> {
  return db.many(sql`
    select s.calls, s.mean_exec_time as mean_milliseconds,
      left(regexp_replace(s.query, '\\s+', ' ', 'g'), 100) as statement
    from ${identifier(schema, 'pg_stat_statements')} s
    join pg_database d on d.oid = s.dbid
    where d.datname = current_database() and s.calls >= ${calls} and s.mean_exec_time >= ${milliseconds}
      and s.query ~* '^\\s*(select|insert|update|delete|merge|with)\\M'
    order by s.total_exec_time desc
    limit 5`)
}
