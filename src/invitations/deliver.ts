import { FlowsError } from '../base/errors.ts'
import type { MailFault } from '../clients/mail.ts'
import { mailFault, sendMail } from '../clients/send-mail.ts'
import type { Database } from '../database/database.ts'
import { markDelivery } from './delivery.queries.ts'
import type { Post } from './invitation-keys.ts'
import { type Letter, writeInvitationMail } from './invitation-mail.ts'
import type { Invitee } from './invitee.ts'

/** What became of a mail. */
export type Delivered = Readonly<{ delivery: 'sent' | 'failed'; deliveryFault: MailFault | null }>

/** The address that an invitation is mailed to: the company's, else the private one. Throws INVITATION_INVITEE_INVALID. */
export function addressee({ companyEmail, privateEmail }: Invitee): string {
  const address = companyEmail ?? privateEmail
  if (address !== undefined) return address
  throw new FlowsError('INVITATION_INVITEE_INVALID', 'There is no address that the mail could go to', {
    hint: 'Add --invitee <company address> or --private-email, or leave out --send.',
  })
}

/**
 * Mails the link of an invitation that is kept, and notes by its id what became of that. A mail that does not go out is
 * a result and no error: the invitation stands.
 */
export async function deliver(
  db: Database,
  letter: Letter,
  { smtpUrl, mailbox, patience }: Post,
): Promise<Delivered> {
  const mail = await writeInvitationMail({ ...letter, to: addressee(letter.invitee), mailbox })
  try {
    await sendMail(smtpUrl, mail, patience === undefined ? {} : { patience })
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    const deliveryFault = mailFault(error)
    await markDelivery(db, letter.issued, deliveryFault)
    return { delivery: 'failed', deliveryFault }
  }
  await markDelivery(db, letter.issued, null)
  return { delivery: 'sent', deliveryFault: null }
}
