import type { Transporter } from 'nodemailer'
import { FlowsError } from '../base/errors.ts'
import type { Mail, MailFault } from './mail.ts'

/**
 * Hands a mail to the server at an smtp:// or smtps:// address; throws MAIL_FAILED if it is not taken. `patience` is how
 * many milliseconds the server may be silent.
 */
export async function sendMail(
  smtpUrl: string,
  mail: Mail,
  { patience = 10_000 }: { patience?: number } = {},
): Promise<void> {
  await withMailServer(smtpUrl, patience, (transport) => transport.sendMail(mail))
}

/** Greets the mail server and signs in where the address has a user; sends nothing. Throws MAIL_FAILED. */
export async function verifyMailServer(
  smtpUrl: string,
  { patience = 10_000 }: { patience?: number } = {},
): Promise<void> {
  await withMailServer(smtpUrl, patience, (transport) => transport.verify())
}

async function withMailServer(
  smtpUrl: string,
  patience: number,
  work: (transport: Transporter) => Promise<unknown>,
): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await work(transport)
  } catch (cause) {
    throw mailFailure(cause, new URL(smtpUrl).host)
  } finally {
    transport.close()
  }
}

/** Which kind of failure a MAIL_FAILED was. */
export function mailFault({ cause }: FlowsError): MailFault {
  const { code = '', responseCode } = (cause ?? {}) as { code?: string; responseCode?: number }
  if (code === 'EAUTH') return 'login'
  if (responseCode !== undefined) return responseCode >= 500 ? 'refused' : 'deferred'
  return code === 'ETIMEDOUT' ? 'timed_out' : 'unreachable'
}

// A mail server's own words may repeat an address, so only its number is passed on.
function mailFailure(cause: unknown, host: string): FlowsError {
  const { code = '', responseCode } = cause as { code?: string; responseCode?: number }
  const number = responseCode === undefined ? '' : ` (${responseCode})`
  if (code === 'EAUTH') {
    return new FlowsError('MAIL_FAILED', `The mail server ${host} refused the user or password${number}`, {
      hint: 'Check the user and password in SMTP_URL (config:show).',
      cause,
    })
  }
  if (responseCode !== undefined) {
    return new FlowsError('MAIL_FAILED', `The mail server ${host} did not take the mail${number}`, {
      hint: 'Check SETUP_EMAIL_PREFIX and SETUP_EMAIL_DOMAIN (config:show), and the log of the mail server.',
      cause,
    })
  }
  return new FlowsError('MAIL_FAILED', `No mail server answers at ${host}`, {
    hint: 'Check SMTP_URL (config:show).',
    cause,
  })
}
