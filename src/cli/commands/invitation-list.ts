import { parseDuration } from '../../base/duration.ts'
import { deliveries, type Invitation, invitationStatuses } from '../../invitations/invitation.ts'
import { listInvitations } from '../../invitations/list-invitations.ts'
import { command } from '../command.ts'
import { wholeNumber } from '../whole-number.ts'

/** Lists invitations, newest first. */
export const invitationList = command({
  name: 'invitation:list',
  about: 'List invitations, newest first',
  flags: {
    client: { value: 'code', about: 'only of this client' },
    app: { value: 'code', about: 'only to this application' },
    status: { value: 'status', choices: invitationStatuses, about: 'only in this state' },
    'expiring-within': { value: 'duration', about: 'only pending ones whose time is over by then: 24h' },
    delivery: { value: 'state', choices: deliveries, about: 'only those whose mail has got this far' },
    limit: { value: 'number', default: '100', about: 'how many at the most' },
  },
  examples: [
    'invitation:list --client acme --status pending',
    'invitation:list --expiring-within 24h --limit 1000 --jsonl',
  ],
  lists: true,
  run: async (session, flags) =>
    listInvitations(await session.database(), {
      clientCode: flags.client,
      appCode: flags.app,
      status: flags.status,
      expiringWithin:
        flags['expiring-within'] === undefined
          ? undefined
          : parseDuration(flags['expiring-within'], 'expiring-within'),
      delivery: flags.delivery,
      limit: wholeNumber(flags.limit, 'limit', 1, 100_000),
    }),
  say: (invitations, style) =>
    invitations.length === 0
      ? 'There are none.'
      : style.table([
          [
            'CODE',
            'CLIENT',
            'APP',
            'STATUS',
            'USED',
            'EXPIRES',
            ...(hasDelivery(invitations) ? ['MAIL'] : []),
          ],
          ...invitations.map(
            ({ invitationCode, clientCode, appCode, status, usedCount, maxUses, expiresAt, ...mail }) => [
              invitationCode,
              clientCode,
              appCode,
              status,
              `${usedCount} of ${maxUses}`,
              expiresAt.toISOString(),
              ...(mail.delivery === undefined ? [] : [mail.deliveryFault ?? mail.delivery]),
            ],
          ),
        ]),
})

function hasDelivery(invitations: readonly Invitation[]): boolean {
  return invitations.some(({ delivery }) => delivery !== undefined)
}
