import { ticks } from '../../base/clock.ts'
import type { Database } from '../../database/database.ts'
import type { BackupAge } from '../../health/backup-ages.ts'
import {
  type ClientFigures,
  selectClientFigures,
  selectFailedBackups,
} from '../figures/client-figures.queries.ts'
import type { ServerFigures } from '../figures/observe-server.ts'
import type { JobRun } from '../monitor/job.ts'
import { selectJobRuns } from '../monitor/jobs.queries.ts'
import { selectWaiting } from '../notifications.queries.ts'
import {
  type CallCount,
  type ClientCount,
  type InvitationCount,
  selectCallCounts,
  selectClientCounts,
  selectFiring,
  selectInvitationCounts,
} from './metrics.queries.ts'

/** Everything that metrics tell, read at one moment. */
export type Figures = Readonly<{
  version: string
  clientCounts: readonly ClientCount[]
  clients: readonly ClientFigures[]
  invitations: readonly InvitationCount[]
  calls: readonly CallCount[]
  /** Refused tokens since this process began, by client; null for those that name no known one. */
  refusals: ReadonlyMap<string | null, number>
  /** The newest backup of each client. */
  backups: readonly BackupAge[]
  /** Failed backups since the newest good one, by client. */
  failedBackups: ReadonlyMap<string, number>
  server: ServerFigures | undefined
  jobs: readonly JobRun[]
  firing: readonly { rule: string; severity: string; alerts: number }[]
  waiting: readonly { channel: string; waiting: number }[]
  /** How long reading took. */
  seconds: number
}>

/** What the database does not know, and what is read at other times. */
export type KnownFigures = Pick<Figures, 'version' | 'refusals' | 'backups' | 'server'>

/** Reads what metrics tell; `db` connects as staff. */
export async function readFigures(db: Database, known: KnownFigures, now: Date): Promise<Figures> {
  const begun = ticks()
  const failed = await selectFailedBackups(db, new Date(now.getTime() - 86_400_000))
  const figures = {
    ...known,
    clientCounts: await selectClientCounts(db),
    clients: await selectClientFigures(db, now),
    invitations: await selectInvitationCounts(db, now),
    calls: await selectCallCounts(db),
    failedBackups: new Map(failed.map(({ clientCode, failures }) => [clientCode, failures])),
    jobs: await selectJobRuns(db),
    firing: await selectFiring(db),
    waiting: await selectWaiting(db),
  }
  return { ...figures, seconds: (ticks() - begun) / 1_000 }
}
