import type { SetupMailbox } from '../clients/setup-mail.ts'
import type { TokenAuthority } from './token/authority.ts'

/** What invitations are made with. */
export type InvitationKeys = Readonly<{
  authority: TokenAuthority
  /** Unwraps the client's key; 32 bytes. */
  masterKey: Buffer
}>

/** What else is known when an invitation is issued. */
export type IssueOptions = Readonly<{
  /** Mails the link to the person once the invitation is kept; `db` must then be no transaction. */
  post?: Post | undefined
}>

/** By which mail server, and from which mailbox. */
export type Post = Readonly<{
  smtpUrl: string
  mailbox: SetupMailbox
  /** Milliseconds that the server may be silent; 10,000 if left out. */
  patience?: number
}>
