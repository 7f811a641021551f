import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { type BackupAge, backupAges } from '../../health/backup-ages.ts'
import { defaultLimits } from '../../health/limits.ts'
import type { NewestBackup } from '../../health/surroundings.ts'
import { selectJobRuns } from '../monitor/jobs.queries.ts'
import { type Observed, together } from '../observation.ts'
import { observeBackups, observeClients, observeTrends } from './observe-clients.ts'
import { observeServer, readServerFigures, type ServerFigures } from './observe-server.ts'

/** What is watched beside what staff see of the clients. */
export type Watched = Readonly<{
  /** Connected as the migrating role, which sees sessions and the ledger of migrations. */
  owner: Database
  migrationsFolder: string
  /** Backups that are known of beside those that the audit trail tells of. */
  knownBackups: () => Promise<readonly NewestBackup[]>
  /** Told of what could not be measured; the alerts about it stay as they are. */
  failed(error: FlowsError): void
}>

/** Measures; what changes slowly or takes long is measured less often and remembered meanwhile. */
export type Watch = Readonly<{
  observe(tx: Database, now: Date): Promise<Observed>
  server(now: Date): Promise<ServerFigures>
  backups(now: Date): Promise<readonly BackupAge[]>
}>

const second = 1_000
const nothing: Observed = { measured: new Set(), observations: [] }

/** A watch over the clients of a database and its server. */
export function createWatch({ owner, migrationsFolder, knownBackups, failed }: Watched): Watch {
  const server = remembered(10 * second, () => readServerFigures(owner, migrationsFolder))
  const trends = remembered(900 * second, (tx: Database, now) => observeTrends(tx, now))
  const { backupAgeSeconds: enough } = defaultLimits
  const backups = remembered(300 * second, async () =>
    backupAges(owner, await knownBackups(), { enough, grace: enough }),
  )
  const ifPossible = async (measure: () => Promise<Observed>): Promise<Observed> => {
    try {
      return await measure()
    } catch (error) {
      if (!(error instanceof FlowsError)) throw error
      failed(error)
      return nothing
    }
  }
  return {
    server: (now) => server(owner, now),
    backups: (now) => backups(owner, now),
    observe: async (tx, now) =>
      together([
        await observeClients(tx, now),
        await trends(tx, now),
        await observeProof(tx),
        await ifPossible(async () => observeServer(await server(owner, now))),
        await ifPossible(async () => observeBackups(tx, await backups(owner, now), now)),
      ]),
  }
}

/** What the last proof of isolation found, if one was recorded. */
async function observeProof(db: Database): Promise<Observed> {
  const runs = await selectJobRuns(db)
  const violations = runs.find(({ job }) => job === 'isolation-prove')?.outcome.violations
  if (violations === undefined) return nothing
  const counts = Object.values(violations as Readonly<Record<string, number>>)
  const value = counts.reduce((sum, leaks) => sum + leaks, 0)
  const figure = 'isolationLeaks'
  return { measured: new Set([figure]), observations: [{ figure, clientCode: null, tier: null, value }] }
}

function remembered<Value>(
  milliseconds: number,
  measure: (db: Database, now: Date) => Promise<Value>,
): (db: Database, now: Date) => Promise<Value> {
  let last: { at: number; value: Value } | undefined
  return async (db, now) => {
    if (last === undefined || now.getTime() - last.at >= milliseconds) {
      last = { at: now.getTime(), value: await measure(db, now) }
    }
    return last.value
  }
}
