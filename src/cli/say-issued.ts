import type { IssuedInvitation } from '../invitations/keep-minted.ts'
import type { Session, Style } from './command.ts'
import { statusOf } from './exit-status.ts'

/** An invitation as the commands that issue one print it: without its token where it was taken back. */
export type ShownInvitation = Omit<IssuedInvitation, 'token' | 'url'> & {
  token: string | null
  url: string | null
}

/** Takes token and link away under --dry-run: a token that was taken back would never be accepted. */
export function shownInvitation<Issued extends IssuedInvitation>(
  issued: Issued,
  { dryRun }: Pick<Session, 'dryRun'>,
): Omit<Issued, 'token' | 'url'> & Pick<ShownInvitation, 'token' | 'url'> {
  return dryRun ? { ...issued, token: null, url: null } : issued
}

/** An invitation with its token, for a person. */
export function sayIssued(
  {
    invitationCode,
    clientCode,
    appCode,
    maxUses,
    expiresAt,
    token,
    url,
    delivery,
    deliveryFault,
  }: ShownInvitation,
  style: Style,
): string {
  const uses = maxUses === 1 ? 'once' : `${maxUses} times`
  const about = `Invitation ${invitationCode} to ${appCode} of ${clientCode}, to be used ${uses} until ${expiresAt.toISOString()}`
  if (token === null || url === null) return `${about}: would be issued; it was taken back.`
  if (delivery === 'sent') return `${about}. The mail with the link is sent.`
  return [
    `${about}.`,
    ...(delivery === 'failed'
      ? [
          style.red(
            `The mail was not sent (${deliveryFault}). Hand the link on otherwise, or: invitation:resend ${invitationCode} --send`,
          ),
        ]
      : []),
    '',
    style.bold('Token, shown only now:'),
    token,
    '',
    style.bold('Link to send:'),
    url,
  ].join('\n')
}

/** The exit status of an invitation that was issued: failed where its mail did not go out. */
export function deliveryExit({ delivery }: { delivery?: ShownInvitation['delivery'] }): number {
  return delivery === 'failed' ? statusOf.failed : 0
}
