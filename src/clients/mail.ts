/** Who a mail is from or to. */
export type Mailbox = Readonly<{ name: string; address: string }>

/** A mail ready to be sent, as plain text and as HTML. */
export type Mail = {
  from: string | Mailbox
  to: string | Mailbox
  subject: string
  text: string
  html: string
  headers?: Readonly<Record<string, string>>
}

/** Whether a mail went out; the reason names no address. Null where no mail server is configured. */
export type MailOutcome = { sent: true } | { sent: false; error: string } | null

/** Why a mail did not go out, in words that cannot hold an address. */
export type MailFault = 'unreachable' | 'timed_out' | 'login' | 'deferred' | 'refused'
