import { fillTemplate } from '../../clients/fill-template.ts'
import { sendMail } from '../../clients/send-mail.ts'
import { sayNotices, sayTitle } from '../notice.ts'
import type { Channel } from './channel.ts'

/** Where mails go, and by which server. */
export type EmailPost = Readonly<{ smtpUrl: string; from: string; to: readonly string[] }>

/** Mails each notification to every address; the same one always has the same Message-ID (RFC 5322, section 3.6.4). */
export function emailChannel({ smtpUrl, from, to }: EmailPost): Channel {
  const domain = from.slice(from.lastIndexOf('@') + 1)
  return {
    name: 'email',
    send: async (notification) => {
      const title = sayTitle(notification)
      await sendMail(smtpUrl, {
        from: { name: 'flows-db', address: from },
        to: to.join(', '),
        subject: `flows-db: ${title}`,
        ...(await fillTemplate('alert-mail', {
          title,
          lines: sayNotices(notification).join('\n\n'),
          at: `${notification.at.slice(0, 16).replace('T', ' ')} UTC`,
        })),
        headers: { 'Message-ID': `<${notification.id}@${domain}>`, 'Auto-Submitted': 'auto-generated' },
      })
    },
  }
}
