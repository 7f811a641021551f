import { sayDuration } from '../base/duration.ts'

/** What a figure is of, how it is told, and which expression over our metrics is the same in Prometheus. */
export type FigureDefinition = Readonly<{
  /** One value a client, or one for the whole database. */
  of: 'client' | 'database'
  unit: 'part' | 'seconds' | 'count' | 'times'
  about: string
  promql: string
}>

// Several monitors of one database show the same series, so each is taken once before anything is added up.
const ended = (outcome: string) =>
  `sum by (client) (max by (client, app, outcome) (increase(flows_db_invitations_total{${outcome}}[30d])))`
const calls = (range: string) =>
  `sum by (client) (max by (client, app, code_class) (increase(flows_db_api_requests_total${range})))`
const p95 = (range: string) =>
  `histogram_quantile(0.95, max by (client, le) (rate(flows_db_api_request_duration_seconds_bucket${range})))`

/** Everything that a rule can watch, by name. */
export const figures = {
  storageUsed: {
    of: 'client',
    unit: 'part',
    about: 'bytes in the bucket as a part of what the tier allows',
    promql: 'max by (client) (flows_db_storage_bytes) / max by (client) (flows_db_storage_quota_bytes)',
  },
  storageFullIn: {
    of: 'client',
    unit: 'seconds',
    about: 'until the bucket is full, if it goes on growing as in the last 7 days',
    promql:
      '(max by (client) (flows_db_storage_quota_bytes) - max by (client) (flows_db_storage_bytes))' +
      ' / (max by (client) (deriv(flows_db_storage_bytes[7d])) > 0)',
  },
  usersUsed: {
    of: 'client',
    unit: 'part',
    about: 'active members as a part of what the tier allows',
    promql: 'max by (client) (flows_db_client_users) / max by (client) (flows_db_client_users_limit)',
  },
  invitationExpiresIn: {
    of: 'client',
    unit: 'seconds',
    about: 'until the next pending invitation expires',
    promql: 'min by (client) (flows_db_invitation_next_expiry_timestamp_seconds) - time()',
  },
  redemptionRate: {
    of: 'client',
    unit: 'part',
    about: 'redeemed invitations as a part of those of the last 30 days that are over; from 10 on',
    promql: `${ended('outcome="redeemed"')} / (${ended('outcome!="issued"')} >= 10)`,
  },
  authFailures: {
    of: 'client',
    unit: 'count',
    about: 'refused validations and redemptions in the last 5 minutes',
    promql: 'max by (client) (increase(flows_db_auth_failures_total[5m]))',
  },
  errorRate: {
    of: 'client',
    unit: 'part',
    about: 'API calls of the last hour that ended with a 5xx; from 100 calls on',
    promql: `${calls('{code_class="5xx"}[1h]')} / (${calls('[1h]')} >= 100)`,
  },
  slowdown: {
    of: 'client',
    unit: 'times',
    about: 'p95 of the API calls of the last 24 hours beside that of the 7 days before; from 1,000 calls on',
    promql: `${p95('[1d]')} / ${p95('[7d] offset 1d')} and ${calls('[1d]')} >= 1000`,
  },
  backupAge: {
    of: 'client',
    unit: 'seconds',
    about:
      'since the newest backup of the client in the audit trail of the last week or in BACKUP_DIR, or since it was made if there is none',
    promql: 'time() - max by (client) (flows_db_backup_last_success_timestamp_seconds)',
  },
  backupFailures: {
    of: 'client',
    unit: 'count',
    about: 'backups of the client that failed in the last 24 hours, after its newest good one',
    promql: 'max by (client) (flows_db_backup_failures)',
  },
  cacheHit: {
    of: 'database',
    unit: 'part',
    about: 'blocks that were found in memory, as a part of all; from a million blocks on',
    promql: 'min(flows_db_cache_hit_ratio) and max(flows_db_cache_blocks) >= 1e6',
  },
  idleInTransaction: {
    of: 'database',
    unit: 'seconds',
    about: 'for which the longest idle session holds a transaction open',
    promql: 'max(flows_db_idle_in_transaction_seconds)',
  },
  connectionsUsed: {
    of: 'database',
    unit: 'part',
    about: 'connections as a part of what the server allows',
    promql: 'max(flows_db_connections) / max(flows_db_connections_limit)',
  },
  unprotectedTables: {
    of: 'database',
    unit: 'count',
    about: 'tables of clients without row-level security, or without the floor',
    promql: 'max(flows_db_unprotected_tables)',
  },
  isolationLeaks: {
    of: 'database',
    unit: 'count',
    about: 'leaks that the last isolation:prove found',
    promql: 'sum(max by (table) (flows_db_isolation_violations))',
  },
  migrationsPending: {
    of: 'database',
    unit: 'count',
    about: 'migrations of this program that the database lacks',
    promql: 'max(flows_db_migrations_pending)',
  },
  unauditedTables: {
    of: 'database',
    unit: 'count',
    about: 'tables whose changes leave no trace in the audit trail',
    promql: 'max(flows_db_unaudited_tables)',
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
