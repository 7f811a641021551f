import { FlowsError } from '../base/errors.ts'
import type { MailOutcome } from './mail.ts'
import { sendMail } from './send-mail.ts'
import { type SetupMailbox, type SetupMailContent, writeSetupMail } from './setup-mail.ts'

/**
 * Sends the setup mail of a client that was made, and says whether it went out: a mail server that is down never
 * undoes the client. Null if there is no mail server or no mailbox.
 */
export async function sendSetupMail(
  smtpUrl: string | undefined,
  mailbox: SetupMailbox | undefined,
  content: SetupMailContent,
): Promise<MailOutcome> {
  if (smtpUrl === undefined || mailbox === undefined) return null
  try {
    await sendMail(smtpUrl, await writeSetupMail(mailbox, content))
    return { sent: true }
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    return { sent: false, error: error.message }
  }
}
