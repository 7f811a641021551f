import { sayDuration } from '../../base/duration.ts'
import { invitationFunnel as readFunnel } from '../../invitations/invitation-funnel.ts'
import { command } from '../command.ts'
import { parseMoment } from '../moments.ts'

/** Says how far invitations got. */
export const invitationFunnel = command({
  name: 'invitation:funnel',
  about: 'How far invitations got: issued, sent, opened, redeemed, expired, revoked',
  details:
    'One line for each client and application. An invitation that was resent counts once for each token; opened is ' +
    'known only where the page behind the link calls flows.mark_invitation_opened.',
  flags: {
    client: { value: 'code', about: 'only of this client' },
    app: { value: 'code', about: 'only to this application' },
    since: { value: 'moment', about: 'only those issued since then: 2026-01-31, or 30d (ago)' },
  },
  examples: ['invitation:funnel --client acme', 'invitation:funnel --since 30d --jsonl'],
  lists: true,
  run: async (session, { client, app, since }) =>
    readFunnel(await session.database(), {
      clientCode: client,
      appCode: app,
      since: since === undefined ? undefined : parseMoment(since, 'since'),
    }),
  say: (funnels, style) =>
    funnels.length === 0
      ? 'There are none.'
      : style.table([
          ['CLIENT', 'APP', 'ISSUED', 'SENT', 'OPENED', 'REDEEMED', 'EXPIRED', 'REVOKED', 'MEDIAN'],
          ...funnels.map(({ clientCode, appCode, medianSecondsToRedeem: median, ...figures }) => [
            clientCode,
            appCode,
            ...[
              figures.issued,
              figures.sent,
              figures.opened,
              figures.redeemed,
              figures.expired,
              figures.revoked,
            ].map(String),
            median === null ? '' : sayDuration(median),
          ]),
        ]),
})
