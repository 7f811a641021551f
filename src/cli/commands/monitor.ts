import { runMonitor, runMonitorOnce } from '../../alerts/monitor/run-monitor.ts'
import { FlowsError } from '../../base/errors.ts'
import { openAsOwner, openAsStaff } from '../../database/open.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../whole-number.ts'

/** Watches the database until it is told to stop. */
export const monitor = command({
  name: 'monitor',
  about: 'Serve metrics, judge the alert rules and run the scheduled jobs until stopped',
  details:
    'Serves /metrics for Prometheus and /healthz. Of several monitors of a database one judges, sends and works; the ' +
    'others serve, and take over when it ends. SIGTERM or Ctrl-C ends it once what it is at is done. For cron ' +
    'instead: alerts:check, invitation:cleanup, analytics:rollup and backup:create.',
  flags: {
    port: { value: 'number', about: 'where it listens; 0 for any that is free', default: '9464' },
    host: { value: 'address', about: 'on which address; 0.0.0.0 for all', default: '127.0.0.1' },
    once: { about: 'do everything once and end; nothing is served' },
  },
  examples: ['monitor --once', 'monitor --once --json'],
  run: async (session, { port, host, once }) => {
    const address = { host, port: wholeNumber(port, 'port', 0, 65_535) }
    const { settings, progress, warn } = session
    const owner = await session.owner()
    const staff = await openAsStaff(settings, { size: 8, progress })
    const worker = await openAsOwner(settings)
    const failed = (error: unknown) => {
      warn(error instanceof FlowsError ? error.message : `Unexpected: ${String(error)}`)
    }
    try {
      // Timetable, metrics and server are libraries that no other command loads.
      const { projectMonitor } = await import('../monitor-work.ts')
      const { work, pages, counts, leads } = projectMonitor(session, { staff, owner, worker })
      if (once) return { leads: await runMonitorOnce(staff, work), ...counts }
      const { serveMonitor } = await import('../../alerts/monitor/serve-monitor.ts')
      const server = await serveMonitor(address, pages)
      await session.tell?.(`Serving ${server.url}/metrics and ${server.url}/healthz\n`)
      try {
        await runMonitor(staff, work, {
          signal: session.interruption(),
          failed,
          leading: (begins) => {
            leads.now = begins
            progress(begins ? 'This monitor leads.' : 'This monitor leads no longer.')
          },
        })
      } finally {
        await server.close()
      }
      return { leads: leads.now, ...counts }
    } finally {
      await Promise.all([staff.close(), worker.close()])
    }
  },
  say: ({ judged, changes, delivered, jobs }) =>
    `Judged ${judged} times, ${changes} changes, ${delivered} messages sent, ${jobs.length} jobs run.`,
})
