import { alertmanagerChannel } from '../alerts/channels/alertmanager.ts'
import type { Channel } from '../alerts/channels/channel.ts'
import { emailChannel } from '../alerts/channels/email.ts'
import { slackChannel } from '../alerts/channels/slack.ts'
import { stdoutChannel } from '../alerts/channels/stdout.ts'
import { webhookChannel } from '../alerts/channels/webhook.ts'
import { FlowsError } from '../base/errors.ts'
import { setupMailbox } from '../clients/setup-mail.ts'
import type { Settings } from '../config/settings.ts'

/** Every channel that the settings name, and standard output where there is one; throws SETTING_MISSING for half of one. */
export function alertChannels(settings: Settings, tell?: (text: string) => Promise<void>): Channel[] {
  const { alertSlackUrl, alertmanagerUrl } = settings
  return [
    ...(tell === undefined ? [] : [stdoutChannel(tell)]),
    ...email(settings),
    ...webhook(settings),
    ...(alertSlackUrl === undefined ? [] : [slackChannel(alertSlackUrl)]),
    ...(alertmanagerUrl === undefined ? [] : [alertmanagerChannel(alertmanagerUrl)]),
  ]
}

function email(settings: Settings): Channel[] {
  const { alertEmailTo, smtpUrl } = settings
  if (alertEmailTo === undefined) return []
  const mailbox = setupMailbox(settings)
  if (smtpUrl === undefined || mailbox === undefined) {
    throw new FlowsError('SETTING_MISSING', 'ALERT_EMAIL_TO needs a mail server and a mailbox to come from', {
      hint: 'Set SMTP_URL, SETUP_EMAIL_PREFIX and SETUP_EMAIL_DOMAIN (config:show), or take ALERT_EMAIL_TO out.',
    })
  }
  const to = alertEmailTo.split(',').map((address) => address.trim())
  return [emailChannel({ smtpUrl, from: `${mailbox.prefix}@${mailbox.domain}`, to })]
}

function webhook(settings: Settings): Channel[] {
  const { alertWebhookUrl, alertWebhookSecret } = settings
  if (alertWebhookUrl === undefined) return []
  if (alertWebhookSecret === undefined) {
    throw new FlowsError(
      'SETTING_MISSING',
      'ALERT_WEBHOOK_URL is set, and nothing signs what is posted there',
      {
        hint: 'Set ALERT_WEBHOOK_SECRET, made with: openssl rand -base64 32',
      },
    )
  }
  return [webhookChannel(alertWebhookUrl, alertWebhookSecret)]
}
