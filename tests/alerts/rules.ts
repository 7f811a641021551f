import type { AlertRule, AlertRules } from '../../src/alerts/alert-rule.ts'
import type { Channel } from '../../src/alerts/channels/channel.ts'
import { deliverNotifications } from '../../src/alerts/deliver-notifications.ts'
import { evaluateAlerts } from '../../src/alerts/evaluate-alerts.ts'
import type { Notice, Notification } from '../../src/alerts/notice.ts'
import type { Observation } from '../../src/alerts/observation.ts'
import type { Database } from '../../src/database/database.ts'

/** A rule of tests: more than 80 % of the storage, at once, unless told otherwise. */
export function rule(changes: Partial<AlertRule> = {}): AlertRule {
  return {
    name: 'storage',
    figure: 'storageUsed',
    when: 'above',
    threshold: 0.8,
    tiers: {},
    clients: {},
    patience: 0,
    severity: 'warning',
    summary: '{client} uses {value}',
    remedy: 'client:status {client}',
    ...changes,
  }
}

/** Rules that are repeated after four hours. */
export function rulesOf(...rules: AlertRule[]): AlertRules {
  return { repeat: 4 * 3_600, rules }
}

/** One value of a client, of the tier free if it is not said. */
export function observation(
  value: number,
  { clientCode = 'acme', ...changes }: Partial<Observation> = {},
): Observation {
  return { figure: 'storageUsed', clientCode, tier: 'free', value, ...changes }
}

/** A channel that keeps what it is told. */
export function memoryChannel(): Channel & { told: Notification[] } {
  const told: Notification[] = []
  return { name: 'webhook', told, send: async (notification) => void told.push(notification) }
}

/** A day in which minutes pass only when they are told to: judges, delivers and gives what was told. */
export function simulation(db: Database, rules: AlertRules, begin = '2026-03-01T00:00:00Z') {
  const channel = memoryChannel()
  let minute = 0
  const at = () => new Date(new Date(begin).getTime() + minute * 60_000)
  return {
    channel,
    now: at,
    /** Lets minutes pass, judges these values (none: the figure could not be read) and gives what is told then. */
    async after(
      minutes: number,
      observations: readonly Observation[] | undefined,
    ): Promise<readonly Notice[]> {
      minute += minutes
      const before = channel.told.length
      await evaluateAlerts(db, {
        rules,
        observe: async () => ({
          measured: new Set(observations === undefined ? [] : rules.rules.map(({ figure }) => figure)),
          observations: observations ?? [],
        }),
        channels: ['webhook'],
        now: at(),
      })
      await deliverNotifications(db, [channel], at)
      return channel.told.slice(before).flatMap(({ notices }) => notices)
    },
  }
}
