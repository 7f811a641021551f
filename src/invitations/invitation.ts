import type { MailFault } from '../clients/mail.ts'

/** What may have become of an invitation; it reads `expired` as soon as its time is over. */
export const invitationStatuses = [
  'pending',
  'redeemed',
  'revoked',
  'expired',
  'superseded',
  'erased',
] as const

/** One of the states. */
export type InvitationStatus = (typeof invitationStatuses)[number]

/** What may have become of the mail with the link, where one was asked for. */
export const deliveries = ['pending', 'sent', 'failed'] as const

/** One of them; pending stays where the program ended before the mail server had answered. */
export type Delivery = (typeof deliveries)[number]

/** An invitation as staff may list it. Nobody is named in it, and its token is nowhere kept. */
export type Invitation = Readonly<{
  id: string
  invitationCode: string
  clientCode: string
  appCode: string
  status: InvitationStatus
  maxUses: number
  usedCount: number
  expiresAt: Date
  createdAt: Date
  /** Only where a mail was sent, or a list was asked for by delivery. */
  delivery?: Delivery
  deliveryFault?: MailFault | null
}>
