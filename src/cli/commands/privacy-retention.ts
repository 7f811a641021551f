import { sayCount } from '../../base/say-count.ts'
import { applyRetention } from '../../privacy/apply-retention.ts'
import { command } from '../command.ts'

/** Deletes what is older than the tiers keep it. */
export const privacyRetention = command({
  name: 'privacy:retention',
  about: 'Delete invitations, usage and audit events that are older than the tier of their client keeps them',
  details:
    'The periods stand in config/client-tiers.json: invitationDays after the end of an invitation (365), usageDays ' +
    '(400) and auditDays (1,095). A month of the audit trail that nobody keeps is dropped as a whole. Each round is one ' +
    'event in the trail. Safe to run every day; what tables of your own refer to stays.',
  flags: { client: { value: 'code', about: 'only of this client' } },
  examples: ['privacy:retention', 'privacy:retention --client acme --dry-run --json'],
  changes: true,
  run: async (session, { client }) => {
    // As staff first, which refuses a database that does not fit this program.
    await session.database()
    return applyRetention(await session.owner(), {
      clientCode: client,
      dryRun: session.dryRun,
      progress: session.progress,
    })
  },
  say: ({ clients, months, otherEvents }, style) => {
    if (clients.length + months.length + otherEvents === 0)
      return 'Nothing to do: nothing is older than it is kept.'
    const rows = clients.map(({ clientCode, invitations, usage, events }) => [
      clientCode,
      String(invitations),
      String(usage),
      String(events),
    ])
    return [
      ...(rows.length === 0 ? [] : [style.table([['CLIENT', 'INVITATIONS', 'USAGE', 'EVENTS'], ...rows])]),
      ...months.map(({ name, events }) => `${name} dropped: ${sayCount(events, 'event')}`),
      ...(otherEvents === 0
        ? []
        : [`${sayCount(otherEvents, 'event')} of erased clients and of the operator deleted`]),
    ].join('\n')
  },
})
