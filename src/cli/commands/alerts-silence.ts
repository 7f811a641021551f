import { silenceAlerts } from '../../alerts/silence-alerts.ts'
import { now } from '../../base/clock.ts'
import { parseDuration } from '../../base/duration.ts'
import { FlowsError } from '../../base/errors.ts'
import { sayAlerts } from '../alert-words.ts'
import { command } from '../command.ts'
import { parseMoment, sayMoment } from '../moments.ts'

/** Keeps alerts quiet for a while. */
export const alertsSilence = command({
  name: 'alerts:silence',
  about: 'Keep alerts quiet for a while',
  details:
    'One by its fingerprint, or all that are known of a rule or client. They are judged all the same; what is still ' +
    'wrong at the end is told then.',
  arguments: [{ name: 'fingerprint', about: 'which alert (alerts:list)' }],
  flags: {
    rule: { value: 'name', about: 'all of this rule' },
    client: { value: 'code', about: 'all of this client' },
    for: { value: 'duration', about: 'for how long: 30m, 2h, 7d' },
    until: { value: 'moment', about: 'until then: 2025-01-31T08:30' },
    lift: { about: 'let them be told of again, from now on' },
  },
  examples: [
    'alerts:silence 7c0d9d7e0f4b2a61 --for 2h',
    'alerts:silence --client acme --until 2099-01-31T08:30 --json',
  ],
  changes: true,
  run: async (session, { rule, client, lift, ...flags }, fingerprint) => {
    if (fingerprint === undefined && rule === undefined && client === undefined) {
      throw new FlowsError('USAGE', 'Which alerts?', {
        hint: 'Give a fingerprint, --rule or --client (alerts:list).',
      })
    }
    const until = lift ? null : endOf(flags.for, flags.until)
    if (lift && (flags.for !== undefined || flags.until !== undefined)) throw unclear()
    const silenced = await session.change((tx) =>
      silenceAlerts(tx, { fingerprint, rule, clientCode: client }, until),
    )
    return { until, alerts: silenced }
  },
  say: ({ until, alerts }, style) =>
    alerts.length === 0
      ? 'There is no such alert.'
      : `${sayAlerts(alerts, style)}\n${until === null ? 'No longer silent.' : `Silent until ${sayMoment(until)}.`}`,
})

function endOf(duration: string | undefined, moment: string | undefined): Date {
  if ((duration === undefined) === (moment === undefined)) throw unclear()
  if (duration !== undefined) return new Date(now().getTime() + parseDuration(duration, 'for') * 1_000)
  const until = parseMoment(moment ?? '', 'until')
  if (until > now()) return until
  throw new FlowsError('USAGE', '--until is over already', { hint: 'Give a moment to come, or --for 2h.' })
}

function unclear(): FlowsError {
  return new FlowsError('USAGE', 'Until when?', {
    hint: 'Give one of --for 2h, --until <moment> and --lift.',
  })
}
