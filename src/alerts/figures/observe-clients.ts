import { latencyOf } from '../../analytics/latency.ts'
import type { Database } from '../../database/database.ts'
import type { BackupAge } from '../../health/backup-ages.ts'
import type { FigureName } from '../figure.ts'
import type { Observation, Observed } from '../observation.ts'
import {
  type ClientFigures,
  selectApiCalls,
  selectClientFigures,
  selectFailedBackups,
  selectGrowth,
  selectLatencies,
  selectRedemptions,
  selectRefusals,
} from './client-figures.queries.ts'

const second = 1_000
const hour = 3_600 * second
const day = 24 * hour
const leastInvitations = 10
const leastCalls = 100
const leastTimedCalls = 1_000

/** What changes from minute to minute: members, files, invitations, refusals, errors and failed backups of every active client. */
export async function observeClients(db: Database, now: Date): Promise<Observed> {
  const clients = await selectClientFigures(db, now)
  const refusals = await selectRefusals(db, ago(now, 300 * second), now)
  const calls = await selectApiCalls(db, ago(now, hour))
  const failedBackups = await selectFailedBackups(db, ago(now, day))
  const of = observer(clients)
  const failures = new Map<string | null, number>()
  for (const { clientCode, refusals: count } of refusals) {
    failures.set(clientCode, (failures.get(clientCode) ?? 0) + count)
  }
  return {
    measured: new Set<FigureName>([
      'storageUsed',
      'usersUsed',
      'invitationExpiresIn',
      'authFailures',
      'errorRate',
      'backupFailures',
    ]),
    observations: [
      ...clients.flatMap(({ clientCode, objectBytes, quotaBytes, activeMembers, maxUsers, nextExpiry }) => [
        of('storageUsed', clientCode, objectBytes / quotaBytes),
        of('usersUsed', clientCode, activeMembers / maxUsers),
        ...(nextExpiry === null
          ? []
          : [of('invitationExpiresIn', clientCode, (nextExpiry.getTime() - now.getTime()) / second)]),
      ]),
      ...[...failures].map(([clientCode, count]) => of('authFailures', clientCode, count)),
      ...calls
        .filter((each) => each.calls >= leastCalls)
        .map(({ clientCode, calls: all, errors }) => of('errorRate', clientCode, errors / all)),
      ...failedBackups.map(({ clientCode, failures: count }) => of('backupFailures', clientCode, count)),
    ],
  }
}

/** What changes from day to day, and takes longer to work out: growth, redemption rates, response times. */
export async function observeTrends(db: Database, now: Date): Promise<Observed> {
  const clients = await selectClientFigures(db, now)
  const growth = new Map(
    (await selectGrowth(db, ago(now, 7 * day))).map((each) => [each.clientCode, each.bytesPerSecond]),
  )
  const redemptions = await selectRedemptions(db, ago(now, 30 * day), now)
  const today = await selectLatencies(db, ago(now, day), now)
  const lastWeek = await selectLatencies(db, ago(now, 8 * day), ago(now, day))
  const before = new Map(lastWeek.map(({ clientCode, counts }) => [clientCode, latencyOf(counts, 0.95)]))
  const of = observer(clients)
  return {
    measured: new Set<FigureName>(['storageFullIn', 'redemptionRate', 'slowdown']),
    observations: [
      ...clients.flatMap(({ clientCode, objectBytes, quotaBytes }) => {
        const slope = growth.get(clientCode)
        return slope === undefined
          ? []
          : [of('storageFullIn', clientCode, Math.max(quotaBytes - objectBytes, 0) / slope)]
      }),
      ...redemptions
        .filter(({ over }) => over >= leastInvitations)
        .map(({ clientCode, over, redeemed }) => of('redemptionRate', clientCode, redeemed / over)),
      ...today.flatMap(({ clientCode, counts }) => {
        const [p95, usual] = [latencyOf(counts, 0.95), before.get(clientCode)]
        const calls = counts.reduce((sum, count) => sum + count, 0)
        return p95 === null || usual === undefined || usual === null || calls < leastTimedCalls
          ? []
          : [of('slowdown', clientCode, p95 / usual)]
      }),
    ],
  }
}

/** How old the newest backup of each active client is, counted from the client's beginning where it has none. */
export async function observeBackups(
  db: Database,
  backups: readonly BackupAge[],
  now: Date,
): Promise<Observed> {
  const clients = await selectClientFigures(db, now)
  const newest = new Map(backups.map(({ clientCode, takenAt }) => [clientCode, takenAt]))
  const of = observer(clients)
  return {
    measured: new Set<FigureName>(['backupAge']),
    observations: clients.map(({ clientCode, createdAt }) =>
      of('backupAge', clientCode, (now.getTime() - (newest.get(clientCode) ?? createdAt).getTime()) / second),
    ),
  }
}

function observer(clients: readonly ClientFigures[]) {
  const tiers = new Map(clients.map(({ clientCode, tier }) => [clientCode, tier]))
  return (figure: FigureName, clientCode: string | null, value: number): Observation => ({
    figure,
    clientCode,
    tier: clientCode === null ? null : (tiers.get(clientCode) ?? null),
    value,
  })
}

function ago(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() - milliseconds)
}
