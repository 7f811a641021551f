import type { AlertRules } from '../../src/alerts/alert-rule.ts'
import type { Observed } from '../../src/alerts/observation.ts'
import { observation, rule, rulesOf } from './rules.ts'

/** Everything that a monitor of the simulated day is told. */
export type SimulatedMonitor = {
  databaseUrl: string
  /** When the day began by the machine's clock, and how many times faster it passes. */
  beganAt: number
  speed: number
  webhookUrl: string
  smtpUrl: string
  secret: string
}

const hour = 60
const dayBegins = Date.parse('2026-03-01T00:00:00Z')

/** The only rule of the day. */
export const rules: AlertRules = rulesOf(rule({ patience: 300 }))

/** From when to when, in minutes, each client has too much: 90 to 200 minutes at a time, and one for 13 hours. */
export const wrongTimes: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, client) => [
      `client-${client}`,
      Array.from({ length: 4 }, (_, turn) => {
        const begin = 20 + client * 17 + turn * 5.5 * hour
        return [begin, begin + 90 + ((client * 31 + turn * 47) % 110)] as const
      }),
    ]),
  ),
  long: [[2 * hour, 15 * hour]],
  calm: [],
}

/** What happens to each client in the course of the day. */
export function expectedKinds(client: string): string[] {
  if (client === 'long') return ['firing', 'repeat', 'repeat', 'repeat', 'resolved']
  return (wrongTimes[client] ?? []).flatMap(() => ['firing', 'resolved'])
}

/** The time of the simulated day. */
export function simulatedNow({ beganAt, speed }: Pick<SimulatedMonitor, 'beganAt' | 'speed'>): Date {
  return new Date(dayBegins + (Date.now() - beganAt) * speed)
}

/** Minutes since the simulated day began. */
export function minuteOf(now: Date): number {
  return (now.getTime() - dayBegins) / 60_000
}

/** What is so at a moment of the day. */
export function observeDay(now: Date): Observed {
  const minute = minuteOf(now)
  return {
    measured: new Set(['storageUsed']),
    observations: Object.entries(wrongTimes).map(([clientCode, times]) =>
      observation(times.some(([from, to]) => minute >= from && minute < to) ? 0.9 : 0.1, { clientCode }),
    ),
  }
}
