import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** A replication slot, with the bytes of the log that it keeps. */
export type Slot = { name: string; active: boolean; lost: boolean; keptBytes: number; fix: string }

/** Every replication slot of the server. */
export function selectSlots(db: Database): Promise<Slot[]> {
  return db.many(sql`
    select slot_name::text as name, active, coalesce(wal_status in ('unreserved', 'lost'), false) as lost,
      coalesce(pg_wal_lsn_diff(
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn
      ), 0)::bigint as kept_bytes,
      format('select pg_drop_replication_slot(%L);', slot_name) as fix
    from pg_replication_slots
    order by slot_name`)
}

/** Who copies this server, or what this server copies, and how far behind it is; null is what this role may not see. */
export type Standby = { name: string; seconds: number | null }

/** The standbys of a primary, or the standby itself. */
export function selectStandbys(db: Database): Promise<Standby[]> {
  return db.many(sql`
    select coalesce(nullif(application_name, ''), 'a standby') as name,
      case when pg_has_role(current_user, 'pg_read_all_stats', 'usage')
        then coalesce(extract(epoch from replay_lag), 0)::double precision end as seconds
    from pg_stat_replication
    union all
    select 'this standby',
      case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
        else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::double precision end
    where pg_is_in_recovery()`)
}
