import type { TokenAuthority } from './token/authority.ts'

/** What invitations are made with. */
export type InvitationKeys = Readonly<{
  authority: TokenAuthority
  /** Unwraps the client's key; 32 bytes. */
  masterKey: Buffer
}>

/** What else is known when an invitation is issued. */
export type IssueOptions = Readonly<{
  /** A mail with the link follows, whose outcome will be noted. */
  mailed?: boolean
}>
