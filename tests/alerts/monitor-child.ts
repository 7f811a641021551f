import { emailChannel } from '../../src/alerts/channels/email.ts'
import { webhookChannel } from '../../src/alerts/channels/webhook.ts'
import { deliverNotifications } from '../../src/alerts/deliver-notifications.ts'
import { evaluateAlerts } from '../../src/alerts/evaluate-alerts.ts'
import { runDueJobs } from '../../src/alerts/monitor/run-due-jobs.ts'
import { runMonitor } from '../../src/alerts/monitor/run-monitor.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { observeDay, rules, type SimulatedMonitor, simulatedNow } from './simulated-day.ts'

// A monitor whose clock runs faster: the loop, the lock, the evaluation and the channels are the real ones.
const given: SimulatedMonitor = JSON.parse(process.argv[2] ?? '')
const clock = () => simulatedNow(given)
const db = await connect(given.databaseUrl, { size: 5, role: 'flows_staff' })
const channels = [
  webhookChannel(given.webhookUrl, given.secret),
  emailChannel({ smtpUrl: given.smtpUrl, from: 'setup@thepia.net', to: ['ops@thepia.net'] }),
]
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

/** Leaves a mark for every run, so that a run too many is seen. */
const hourly = {
  name: 'hourly-mark',
  schedule: '0 * * * *',
  command: 'none',
  run: async () => {
    await db.run(sql`insert into flows_private.test_marks (at) values (${clock()})`)
    return {}
  },
}

process.stdout.write('ready\n')
await runMonitor(
  db,
  {
    refresh: async () => undefined,
    evaluate: async (session) => {
      await evaluateAlerts(session, {
        rules,
        observe: async () => observeDay(clock()),
        channels: channels.map(({ name }) => name),
        now: clock(),
      })
    },
    deliver: async () => {
      await deliverNotifications(db, channels, clock)
    },
    runJobs: async () => {
      await runDueJobs(db, [hourly], clock)
    },
  },
  {
    clock: {
      now: clock,
      pause: (milliseconds) =>
        new Promise((resolve) => setTimeout(resolve, Math.max(5, milliseconds / given.speed))),
    },
    signal: stop.signal,
    leading: (leads) => void process.stdout.write(leads ? 'leads\n' : 'follows\n'),
    failed: (error) => void process.stderr.write(`${String(error)}\n`),
  },
)
await db.close()
