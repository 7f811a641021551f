import { clearNotifications, deliverNotifications } from '../../alerts/deliver-notifications.ts'
import { evaluateAlerts } from '../../alerts/evaluate-alerts.ts'
import { listAlerts } from '../../alerts/list-alerts.ts'
import { readAlertRules } from '../../alerts/read-alert-rules.ts'
import { now } from '../../base/clock.ts'
import { alertChannels } from '../alert-channels.ts'
import { alertWatch } from '../alert-watch.ts'
import { sayAlerts } from '../alert-words.ts'
import { command } from '../command.ts'
import { statusOf } from '../exit-status.ts'

/** Judges what is so now, tells the channels what changed and exits with 7 when something fires. */
export const alertsCheck = command({
  name: 'alerts:check',
  about: 'Hold clients and server against the alert rules, and tell the channels what changed',
  details:
    'For cron: `monitor` does the same all the time. Exits with 7 while something fires. Rules are in ' +
    'config/alert-rules.json; channels are settings (ALERT_EMAIL_TO, ALERT_WEBHOOK_URL, ALERT_SLACK_URL, ' +
    'ALERTMANAGER_URL). A channel that does not answer is told later, and the check goes on.',
  flags: {},
  examples: ['alerts:check', 'alerts:check --dry-run --json'],
  changes: true,
  run: async (session) => {
    const rules = readAlertRules(session.settings.projectFolder)
    const channels = alertChannels(session.settings)
    const db = await session.database()
    const watch = alertWatch(session, await session.owner())
    const result = await session.change(async (tx) => {
      const at = now()
      const { notices } = await evaluateAlerts(tx, {
        rules,
        observe: (evaluating) => watch.observe(evaluating, at),
        channels: channels.map(({ name }) => name),
        now: at,
      })
      return { rules: rules.rules.length, alerts: await listAlerts(tx), notices }
    })
    const delivery = session.dryRun ? undefined : await deliverNotifications(db, channels, now)
    if (!session.dryRun) await clearNotifications(db, now())
    for (const { error } of delivery?.failures ?? []) session.warn(error.message)
    return { ...result, delivered: delivery?.delivered ?? 0 }
  },
  say: ({ rules, alerts, notices, delivered }, style) =>
    alerts.length === 0
      ? `${rules} rules, and nothing is wrong.`
      : [sayAlerts(alerts, style), `${notices.length} changes to tell, ${delivered} messages sent.`].join(
          '\n',
        ),
  exit: ({ alerts }) => (alerts.some(({ state }) => state === 'firing') ? statusOf.unhealthy : 0),
})
