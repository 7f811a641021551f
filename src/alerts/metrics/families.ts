import { latencyBounds } from '../../analytics/latency.ts'
import {
  type Family,
  type FamilyDescription,
  family,
  type HistogramValue,
  histogram,
  type Value,
} from './family.ts'
import type { CallCount } from './metrics.queries.ts'
import type { Figures } from './read-figures.ts'

/** How many clients get series of their own, the first by their code; the others are added up as `_other`. */
export const mostClients = 5_000

/** All metrics of a moment. Their labels are codes of clients and applications, never anything that people typed. */
export function families(figures: Figures): Family[] {
  const listed = new Set(figures.clients.slice(0, mostClients).map(({ clientCode }) => clientCode))
  const label = (clientCode: string) => (listed.has(clientCode) ? clientCode : '_other')
  return [
    ...programFamilies(figures),
    ...clientFamilies(figures, label),
    ...invitationFamilies(figures, label),
    ...callFamilies(figures, label),
    ...serverFamilies(figures),
    ...alertFamilies(figures),
  ]
}

type Label = (clientCode: string) => string

function gauge(name: string, help: string, values: readonly Value[]): Family {
  return family(describe(name, help, 'gauge'), values)
}

function counter(name: string, help: string, values: readonly Value[]): Family {
  return family(describe(name, help, 'counter'), values)
}

function describe(name: string, help: string, type: FamilyDescription['type']): FamilyDescription {
  return { name: `flows_db_${name}`, help, type }
}

function programFamilies({ version, seconds, clientCounts }: Figures): Family[] {
  return [
    gauge('build_info', 'The version of flows-db.', [[{ version }, 1]]),
    gauge('up', 'Whether the database answered when it was last asked.', [[{}, 1]]),
    gauge('scrape_duration_seconds', 'How long the figures took to read.', [[{}, seconds]]),
    gauge(
      'clients',
      'Clients by tier, region and status.',
      clientCounts.map(({ tier, region, status, clients }) => [{ tier, region, status }, clients]),
    ),
  ]
}

function clientFamilies({ clients, refusals, backups, failedBackups }: Figures, label: Label): Family[] {
  const each = (value: (client: Figures['clients'][number]) => number): Value[] =>
    clients.map((client) => [{ client: label(client.clientCode) }, value(client)])
  const inBuckets = (value: (client: Figures['clients'][number]) => number): Value[] =>
    clients.map((client) => {
      const name = label(client.clientCode)
      const bucket = name === '_other' ? '_other' : (client.bucketId ?? '')
      return [{ client: name, bucket }, value(client)]
    })
  const failures = new Map<string | null, number>(clients.map(({ clientCode }) => [clientCode, 0]))
  for (const [clientCode, count] of refusals) failures.set(clientCode, count)
  const newest = new Map(backups.map((backup) => [backup.clientCode, backup]))
  const single = clients.filter(({ clientCode }) => label(clientCode) !== '_other')
  return [
    gauge(
      'client_info',
      'The tier of a client.',
      single.map(({ clientCode, tier }) => [{ client: clientCode, tier }, 1]),
    ),
    gauge(
      'client_users',
      'Active members of a client.',
      each(({ activeMembers }) => activeMembers),
    ),
    gauge(
      'client_users_limit',
      'Members that the tier allows.',
      each(({ maxUsers }) => maxUsers),
    ),
    gauge(
      'storage_bytes',
      'Bytes in the bucket of a client.',
      inBuckets(({ objectBytes }) => objectBytes),
    ),
    gauge(
      'storage_quota_bytes',
      'Bytes that the tier allows.',
      each(({ quotaBytes }) => quotaBytes),
    ),
    gauge(
      'storage_objects',
      'Files in the bucket of a client.',
      each(({ objectCount }) => objectCount),
    ),
    gauge(
      'invitation_next_expiry_timestamp_seconds',
      'When the next pending invitation of a client expires.',
      single.flatMap(({ clientCode, nextExpiry }): Value[] =>
        nextExpiry === null ? [] : [[{ client: clientCode }, nextExpiry.getTime() / 1_000]],
      ),
    ),
    counter(
      'auth_failures_total',
      'Refused validations and redemptions; _none where no known client was named.',
      [...failures].map(([clientCode, count]) => [
        { client: clientCode === null ? '_none' : label(clientCode) },
        count,
      ]),
    ),
    gauge(
      'backup_failures',
      'Backups of a client that failed in the last 24 hours, after its newest good one.',
      single.map(({ clientCode }) => [{ client: clientCode }, failedBackups.get(clientCode) ?? 0]),
    ),
    gauge(
      'backup_last_success_timestamp_seconds',
      'When the newest backup of a client was taken, or the client was made if there is none.',
      single.map(({ clientCode, createdAt }) => [
        { client: clientCode },
        (newest.get(clientCode)?.takenAt ?? createdAt).getTime() / 1_000,
      ]),
    ),
    gauge(
      'backup_bytes',
      'The size of the newest backup of a client.',
      single.map(({ clientCode }) => [{ client: clientCode }, newest.get(clientCode)?.bytes ?? 0]),
    ),
  ]
}

function invitationFamilies({ invitations }: Figures, label: Label): Family[] {
  const outcomes = ['issued', 'redeemed', 'expired', 'revoked', 'superseded'] as const
  return [
    counter(
      'invitations_total',
      'Invitations by how they ended; all of them as issued.',
      invitations.flatMap(({ clientCode, appCode, ...counts }): Value[] =>
        outcomes.map((outcome) => [{ client: label(clientCode), app: appCode, outcome }, counts[outcome]]),
      ),
    ),
    gauge(
      'invitations_pending',
      'Invitations that can still be redeemed.',
      invitations.map(({ clientCode, appCode, pending }) => [
        { client: label(clientCode), app: appCode },
        pending,
      ]),
    ),
  ]
}

function callFamilies({ calls }: Figures, label: Label): Family[] {
  return [
    counter(
      'api_requests_total',
      'API calls by client, application and class of status.',
      calls.map(({ clientCode, appCode, statusClass, calls: count }) => [
        { client: label(clientCode), app: appCode, code_class: statusClass },
        count,
      ]),
    ),
    histogram(
      { name: 'flows_db_api_request_duration_seconds', help: 'How long API calls took.' },
      latencyBounds.map((milliseconds) => milliseconds / 1_000),
      durations(calls, label),
    ),
  ]
}

function durations(calls: readonly CallCount[], label: Label): HistogramValue[] {
  const byClient = new Map<string, { counts: number[]; sum: number }>()
  for (const { clientCode, counts, totalMs } of calls) {
    const client = label(clientCode)
    const before = byClient.get(client)
    if (before === undefined) byClient.set(client, { counts: [...counts], sum: totalMs / 1_000 })
    else {
      before.sum += totalMs / 1_000
      for (const [index, count] of counts.entries())
        before.counts[index] = (before.counts[index] ?? 0) + count
    }
  }
  return [...byClient].map(([client, value]) => ({ labels: { client }, ...value }))
}

function serverFamilies({ server }: Figures): Family[] {
  if (server === undefined) return []
  const { database, unprotectedTables, unauditedTables, migrationsPending } = server
  const one = (name: string, help: string, value: number | null): Family =>
    gauge(name, help, value === null ? [] : [[{}, value]])
  return [
    one('cache_hit_ratio', 'Blocks found in memory, as a part of all.', database.cacheHitRatio),
    one('cache_blocks', 'Blocks that were asked for since the statistics were reset.', database.blocksAsked),
    one(
      'idle_in_transaction_seconds',
      'For how long the longest idle session holds a transaction open.',
      database.idleInTransactionSeconds,
    ),
    one('connections', 'Connections to the server.', database.connections),
    one('connections_limit', 'Connections that there can be.', database.maxConnections),
    one('unprotected_tables', 'Tables of clients without the tenant floor.', unprotectedTables),
    one('unaudited_tables', 'Tables whose changes leave no trace.', unauditedTables),
    one('migrations_pending', 'Migrations that the database lacks.', migrationsPending),
  ]
}

function alertFamilies({ firing, waiting, jobs }: Figures): Family[] {
  const proof = jobs.find(({ job }) => job === 'isolation-prove')?.outcome.violations
  const violations = Object.entries((proof ?? {}) as Readonly<Record<string, number>>)
  return [
    ...(proof === undefined
      ? []
      : [
          gauge(
            'isolation_violations',
            'Leaks that the last proof of isolation found, by table; _none is always 0.',
            [[{ table: '_none' }, 0], ...violations.map(([table, leaks]): Value => [{ table }, leaks])],
          ),
        ]),
    gauge(
      'alerts_firing',
      'Alerts that fire.',
      firing.map(({ rule, severity, alerts }) => [{ rule, severity }, alerts]),
    ),
    gauge(
      'notifications_waiting',
      'Messages that a channel was not told yet.',
      waiting.map(({ channel, waiting: count }) => [{ channel }, count]),
    ),
    gauge(
      'job_last_success_timestamp_seconds',
      'When a scheduled job was last done.',
      jobs.flatMap(({ job, succeededAt }): Value[] =>
        succeededAt === null ? [] : [[{ job }, succeededAt.getTime() / 1_000]],
      ),
    ),
  ]
}
