import { sayDuration } from '../base/duration.ts'

/** What a figure is of, how it is told, and which expression over our metrics is the same in Prometheus. */
export type FigureDefinition = Readonly<{
  /** One value a client, or one for the whole database. */
  of: 'client' | 'database'
  unit: 'part' | 'seconds' | 'count' | 'times'
  about: string
  promql: string
}>

/** Everything that a rule can watch, by name. */
export const figures = {
  storageUsed: {
    of: 'client',
    unit: 'part',
    about: 'bytes in the bucket as a part of what the tier allows',
    promql: 'sum by (client) (flows_db_storage_bytes) / on (client) flows_db_storage_quota_bytes',
  },
  storageFullIn: {
    of: 'client',
    unit: 'seconds',
    about: 'until the bucket is full, if it goes on growing as in the last 7 days',
    promql:
      '(flows_db_storage_quota_bytes - on (client) sum by (client) (flows_db_storage_bytes))' +
      ' / on (client) (sum by (client) (deriv(flows_db_storage_bytes[7d])) > 0)',
  },
  usersUsed: {
    of: 'client',
    unit: 'part',
    about: 'active members as a part of what the tier allows',
    promql: 'flows_db_client_users / on (client) flows_db_client_users_limit',
  },
  invitationExpiresIn: {
    of: 'client',
    unit: 'seconds',
    about: 'until the next pending invitation expires',
    promql: 'flows_db_invitation_next_expiry_timestamp_seconds - time()',
  },
  redemptionRate: {
    of: 'client',
    unit: 'part',
    about: 'redeemed invitations as a part of those of the last 30 days that are over; from 10 on',
    promql:
      'sum by (client) (increase(flows_db_invitations_total{outcome="redeemed"}[30d]))' +
      ' / on (client) (sum by (client) (increase(flows_db_invitations_total{outcome!="issued"}[30d])) >= 10)',
  },
  authFailures: {
    of: 'client',
    unit: 'count',
    about: 'refused validations and redemptions in the last 5 minutes',
    promql: 'sum by (client) (increase(flows_db_auth_failures_total[5m]))',
  },
  errorRate: {
    of: 'client',
    unit: 'part',
    about: 'API calls of the last hour that ended with a 5xx; from 100 calls on',
    promql:
      'sum by (client) (increase(flows_db_api_requests_total{code_class="5xx"}[1h]))' +
      ' / on (client) (sum by (client) (increase(flows_db_api_requests_total[1h])) >= 100)',
  },
  slowdown: {
    of: 'client',
    unit: 'times',
    about: 'p95 of the API calls of the last 24 hours beside that of the 7 days before; from 1,000 calls on',
    promql:
      '(histogram_quantile(0.95, sum by (client, le) (rate(flows_db_api_request_duration_seconds_bucket[1d])))' +
      ' / on (client) histogram_quantile(0.95, sum by (client, le)' +
      ' (rate(flows_db_api_request_duration_seconds_bucket[7d] offset 1d))))' +
      ' and on (client) (sum by (client) (increase(flows_db_api_requests_total[1d])) >= 1000)',
  },
  backupAge: {
    of: 'client',
    unit: 'seconds',
    about:
      'since the newest backup of the client, or since it was made if there is none; where BACKUP_DIR is set',
    promql: 'time() - flows_db_backup_last_success_timestamp_seconds',
  },
  cacheHit: {
    of: 'database',
    unit: 'part',
    about: 'blocks that were found in memory, as a part of all; from a million blocks on',
    promql: 'flows_db_cache_hit_ratio and (flows_db_cache_blocks >= 1e6)',
  },
  idleInTransaction: {
    of: 'database',
    unit: 'seconds',
    about: 'for which the longest idle session holds a transaction open',
    promql: 'flows_db_idle_in_transaction_seconds',
  },
  connectionsUsed: {
    of: 'database',
    unit: 'part',
    about: 'connections as a part of what the server allows',
    promql: 'flows_db_connections / flows_db_connections_limit',
  },
  unprotectedTables: {
    of: 'database',
    unit: 'count',
    about: 'tables of clients without row-level security, or without the floor',
    promql: 'flows_db_unprotected_tables',
  },
  isolationLeaks: {
    of: 'database',
    unit: 'count',
    about: 'leaks that the last isolation:prove found',
    promql: 'sum(flows_db_isolation_violations)',
  },
  migrationsPending: {
    of: 'database',
    unit: 'count',
    about: 'migrations of this program that the database lacks',
    promql: 'flows_db_migrations_pending',
  },
  unauditedTables: {
    of: 'database',
    unit: 'count',
    about: 'tables whose changes leave no trace in the audit trail',
    promql: 'flows_db_unaudited_tables',
  },
} as const satisfies Record<string, FigureDefinition>

/** The name of a figure. */
export type FigureName = keyof typeof figures

/** The names of all figures. */
export const figureNames = Object.keys(figures) as [FigureName, ...FigureName[]]

/** A value of a figure as people say it: 83 %, 2 days, 4, 2.3 times. */
export function sayValue(figure: FigureName, value: number): string {
  switch (figures[figure].unit) {
    case 'part':
      return `${round(value * 100)} %`
    case 'seconds':
      return value < 1 ? '0 seconds' : sayDuration(value)
    case 'times':
      return `${round(value)} times`
    case 'count':
      return String(round(value))
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
