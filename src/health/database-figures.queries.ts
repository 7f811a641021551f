import type { Database } from '../database/database.ts'
import { sql } from '../database/sql.ts'

/** How a database does, in numbers that the server keeps; null is what this role may not see, or nothing was counted of. */
export type FiguresRow = {
  /** By the server's clock. */
  measuredAt: Date
  /** As PostgreSQL numbers it: 170010 is 17.10. */
  versionNumber: number
  serverVersion: string
  isStandby: boolean
  /** The part of the blocks asked for that memory had, from 0 to 1, since the statistics were last reset. */
  cacheHitRatio: number | null
  /** How many blocks that part is of. */
  blocksAsked: number
  databaseBytes: number
  /** Of the whole server, this connection among them. */
  connections: number
  /** How many connections there can be, without those kept for superusers. */
  maxConnections: number
  /** Sessions of this database that hold a transaction open and do nothing. */
  idleInTransaction: number | null
  /** For how long the longest of them has done nothing. */
  idleInTransactionSeconds: number | null
  longestStatementSeconds: number | null
  /** Transactions since the oldest row that is not frozen; at 2^31 the server stops. */
  transactionAge: number
  multixactAge: number
}

/** One row of what the server itself counts; a session's state is seen only with the rights of pg_read_all_stats. */
export function selectFigures(db: Database): Promise<FiguresRow> {
  return db.one(sql`
    with me as (
      select pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees_sessions
    ), sessions as (
      select count(*) filter (where backend_type = 'client backend') as connections,
        count(*) filter (where datname = current_database() and state like 'idle in transaction%') as idle,
        max(extract(epoch from clock_timestamp() - state_change))
          filter (where datname = current_database() and state like 'idle in transaction%') as idle_seconds,
        max(extract(epoch from clock_timestamp() - query_start))
          filter (where datname = current_database() and state = 'active' and backend_type = 'client backend')
          as statement_seconds
      from pg_stat_activity
      where pid <> pg_backend_pid()
    )
    select clock_timestamp() as measured_at,
      current_setting('server_version_num')::integer as version_number,
      current_setting('server_version') as server_version,
      pg_is_in_recovery() as is_standby,
      case when s.blks_hit + s.blks_read > 0
        then s.blks_hit::double precision / (s.blks_hit + s.blks_read) end as cache_hit_ratio,
      s.blks_hit + s.blks_read as blocks_asked,
      pg_database_size(current_database()) as database_bytes,
      -- this one too
      sessions.connections + 1 as connections,
      current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer
        - coalesce(current_setting('reserved_connections', true)::integer, 0) as max_connections,
      case when me.sees_sessions then sessions.idle end as idle_in_transaction,
      case when me.sees_sessions then coalesce(sessions.idle_seconds, 0)::double precision end
        as idle_in_transaction_seconds,
      case when me.sees_sessions then coalesce(sessions.statement_seconds, 0)::double precision end
        as longest_statement_seconds,
      age(d.datfrozenxid) as transaction_age,
      mxid_age(d.datminmxid) as multixact_age
    from me, sessions, pg_stat_database s
    join pg_database d on d.oid = s.datid
    where s.datname = current_database()`)
}
