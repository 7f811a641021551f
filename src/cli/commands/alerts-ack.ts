import { acknowledgeAlert } from '../../alerts/acknowledge-alert.ts'
import { command } from '../command.ts'

/** Notes that somebody takes care of an alert. */
export const alertsAck = command({
  name: 'alerts:ack',
  about: 'Say that somebody takes care of an alert, so that it is not repeated',
  details: 'It is told of again when it is over. If it begins anew, somebody has to take it again.',
  arguments: [{ name: 'fingerprint', about: 'which alert (alerts:list)', required: true }],
  flags: {
    by: { value: 'handle', about: 'who: initials or a duty, no name or address; who runs this if not given' },
  },
  examples: ['alerts:ack 7c0d9d7e0f4b2a61', 'alerts:ack 7c0d9d7e0f4b2a61 --by night-shift --json'],
  changes: true,
  run: (session, { by }, fingerprint) => session.change((tx) => acknowledgeAlert(tx, fingerprint, { by })),
  say: ({ rule, clientCode, acknowledgedBy }) =>
    `${acknowledgedBy} takes care of ${rule}${clientCode === null ? '' : ` of ${clientCode}`}.`,
})
