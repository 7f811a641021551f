import { FlowsError } from '../base/errors.ts'
import { setupMailbox } from '../clients/setup-mail.ts'
import type { Post } from '../invitations/invitation-keys.ts'
import type { Session } from './command.ts'

/** The flag by which the link is mailed, for the commands that issue invitations. */
export const sendFlag = {
  about:
    'mail the link to the company address, else the private one (SMTP_URL, SETUP_EMAIL_PREFIX, ..._DOMAIN)',
} as const

/**
 * The post that mails go by if they are asked for, checked before anything is issued; none under --dry-run. Throws
 * SETTING_MISSING.
 */
export function postbox({ settings, dryRun }: Session, isWanted: boolean): Post | undefined {
  if (!isWanted) return undefined
  const { smtpUrl } = settings
  const mailbox = setupMailbox(settings)
  if (smtpUrl === undefined || mailbox === undefined) {
    throw new FlowsError('SETTING_MISSING', 'Mails need a mail server and a mailbox to come from', {
      hint: 'Set SMTP_URL, SETUP_EMAIL_PREFIX and SETUP_EMAIL_DOMAIN (config:show), or leave out --send.',
    })
  }
  return dryRun ? undefined : { smtpUrl, mailbox }
}
