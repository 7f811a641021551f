import type { Application } from '../applications/application.ts'
import type { Client } from '../clients/client.ts'
import { fillTemplate } from '../clients/fill-template.ts'
import type { Mail } from '../clients/mail.ts'
import type { SetupMailbox } from '../clients/setup-mail.ts'
import type { Invitee } from './invitee.ts'

/** What a mail with a link is written from. */
export type Letter = Readonly<{
  issued: Readonly<{
    id: string
    clientCode: string
    invitationCode: string
    url: string
    expiresAt: Date
  }>
  host: Readonly<{ client: Client; application: Application }>
  invitee: Invitee
  kind: 'invitation' | 'reminder'
}>

/**
 * Writes the mail of an invitation from templates/invitation-mail or reminder-mail, under the name and colour that the
 * client's settings give the application. It comes from the operator's mailbox, says that a machine wrote it (RFC 3834)
 * and how to hear no more (RFC 2369).
 */
export async function writeInvitationMail({
  issued: { invitationCode, url, expiresAt },
  host: { client, application },
  invitee,
  kind,
  to,
  mailbox,
}: Letter & Readonly<{ to: string; mailbox: SetupMailbox }>): Promise<Mail> {
  const { title, color } = brandingOf(application)
  const sender = `${mailbox.prefix}@${mailbox.domain}`
  const stop = `mailto:${sender}?subject=${encodeURIComponent(`Stop ${invitationCode}`)}`
  const texts = await fillTemplate(`${kind}-mail`, {
    greeting: invitee.fullName === undefined ? 'Hello' : `Hello ${invitee.fullName}`,
    company: client.legalName,
    title,
    color,
    url,
    invitationCode,
    expires: `${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  })
  return {
    from: { name: `${client.legalName} (${title})`, address: sender },
    to: { name: invitee.fullName ?? '', address: to },
    subject:
      kind === 'invitation'
        ? `Your invitation to ${title}`
        : `Your new link to ${title}: the old one has ended`,
    ...texts,
    headers: { 'Auto-Submitted': 'auto-generated', 'List-Unsubscribe': `<${stop}>` },
  }
}

// An admin of the client writes these settings, so they are text and a colour here, and nothing else.
function brandingOf({ appName, settings }: Application): { title: string; color: string } {
  const { title, primaryColor } = (settings.branding ?? {}) as { title?: unknown; primaryColor?: unknown }
  return {
    title: typeof title === 'string' && title.trim() !== '' ? title.slice(0, 200) : appName,
    color:
      typeof primaryColor === 'string' && /^#[0-9a-f]{6}$/i.test(primaryColor) ? primaryColor : '#1f3a5f',
  }
}
