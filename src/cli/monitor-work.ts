import { deliverNotifications } from '../alerts/deliver-notifications.ts'
import { evaluateAlerts } from '../alerts/evaluate-alerts.ts'
import { type Figures, readFigures } from '../alerts/metrics/read-figures.ts'
import { countRefusals, metricsPages } from '../alerts/monitor/metrics-pages.ts'
import { type RanJob, runDueJobs } from '../alerts/monitor/run-due-jobs.ts'
import type { MonitorWork } from '../alerts/monitor/run-monitor.ts'
import type { MonitorPages } from '../alerts/monitor/serve-monitor.ts'
import { readAlertRules } from '../alerts/read-alert-rules.ts'
import { now } from '../base/clock.ts'
import type { Connection } from '../database/database.ts'
import { alertChannels } from './alert-channels.ts'
import { alertWatch } from './alert-watch.ts'
import type { Session } from './command.ts'
import { monitorJobs } from './monitor-jobs.ts'
import { version } from './version.ts'

/** What a monitor did since it began. */
export type MonitorCounts = { judged: number; changes: number; delivered: number; jobs: RanJob[] }

/** A monitor's work on the project's database, the pages it serves, and what it did so far. */
export type ProjectMonitor = {
  work: MonitorWork
  pages: MonitorPages
  counts: MonitorCounts
  leads: { now: boolean }
}

/** What a monitor is connected by. */
export type MonitorConnections = Readonly<{
  /** As staff, with room for eight connections at once. */
  staff: Connection
  /** As the migrating role, to measure. */
  owner: Connection
  /** As the migrating role, to work: a job may hold it for long. */
  worker: Connection
}>

/** Puts the monitor of the project together. */
export function projectMonitor(
  session: Session,
  { staff, owner, worker }: MonitorConnections,
): ProjectMonitor {
  const { settings, tell, warn } = session
  const rules = readAlertRules(settings.projectFolder)
  const channels = alertChannels(settings, tell)
  const watch = alertWatch(session, owner)
  const jobs = monitorJobs(session, staff, worker)
  const refusals = countRefusals(now())
  const metrics = metricsPages()
  const counts: MonitorCounts = { judged: 0, changes: 0, delivered: 0, jobs: [] }
  const leads = { now: false }
  const last: { readAt: Date | null; judgedAt: Date | null; isReachable: boolean } = {
    readAt: null,
    judgedAt: null,
    isReachable: false,
  }

  const read = async (at: Date): Promise<Figures> =>
    readFigures(
      staff,
      {
        version: version(),
        refusals: await refusals(staff, at),
        backups: await watch.backups(at),
        server: await watch.server(at),
      },
      at,
    )

  return {
    counts,
    leads,
    work: {
      refresh: async () => {
        const at = now()
        try {
          await metrics.show(await read(at))
          Object.assign(last, { readAt: at, isReachable: true })
        } catch (error) {
          last.isReachable = false
          await metrics.show(undefined)
          throw error
        }
      },
      evaluate: async (leading) => {
        const at = now()
        const { notices } = await evaluateAlerts(leading, {
          rules,
          observe: (tx) => watch.observe(tx, at),
          channels: channels.map(({ name }) => name),
          now: at,
        })
        last.judgedAt = at
        counts.judged += 1
        counts.changes += notices.length
      },
      deliver: async () => {
        const { delivered, failures } = await deliverNotifications(staff, channels, now)
        counts.delivered += delivered
        for (const { error } of failures) warn(error.message)
      },
      runJobs: async () => {
        const ran = await runDueJobs(staff, jobs, now)
        counts.jobs = [...counts.jobs, ...ran].slice(-100)
        for (const { job, error } of ran) {
          if (error !== undefined) warn(`The job ${job} failed: ${String(error)}`)
        }
      },
    },
    pages: {
      metrics: metrics.page,
      health: () => ({
        status: last.isReachable ? 'ok' : 'database-unreachable',
        version: version(),
        leads: leads.now,
        readAt: last.readAt?.toISOString() ?? null,
        judgedAt: last.judgedAt?.toISOString() ?? null,
      }),
    },
  }
}
