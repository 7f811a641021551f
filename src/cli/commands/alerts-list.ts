import { alertStates } from '../../alerts/alert.ts'
import { listAlerts } from '../../alerts/list-alerts.ts'
import { sayAlerts } from '../alert-words.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../whole-number.ts'

/** Lists alerts. */
export const alertsList = command({
  name: 'alerts:list',
  about: 'List alerts that fire or are about to, the worst first',
  details:
    'A fingerprint follows from rule and client and stays the same. What an alert went through is in the audit ' +
    'trail: audit:list --table alerts --row-id <fingerprint>',
  flags: {
    client: { value: 'code', about: 'only of this client' },
    rule: { value: 'name', about: 'only of this rule' },
    state: {
      value: 'state',
      repeat: true,
      choices: alertStates,
      about: 'only in this state; pending and firing if not given',
    },
    limit: { value: 'number', default: '1000', about: 'how many at the most' },
  },
  examples: ['alerts:list', 'alerts:list --client acme --state firing --state resolved --json'],
  lists: true,
  run: async (session, { client, rule, state, limit }) =>
    listAlerts(await session.database(), {
      clientCode: client,
      rule,
      states: state.length === 0 ? undefined : alertStates.filter((known) => state.includes(known)),
      limit: wholeNumber(limit, 'limit', 1, 100_000),
    }),
  say: (alerts, style) => (alerts.length === 0 ? 'There are none.' : sayAlerts(alerts, style)),
})
