/** A mail ready to be sent, as plain text and as HTML. */
export type Mail = { from: string; to: string; subject: string; text: string; html: string }

/** Whether a mail went out; the reason names no address. Null where no mail server is configured. */
export type MailOutcome = { sent: true } | { sent: false; error: string } | null
