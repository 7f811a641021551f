/** How far the invitations of a client to an application got. One that was resent counts once for each token. */
export type Funnel = Readonly<{
  clientCode: string
  appCode: string
  issued: number
  /** Mailed by flows-db. */
  sent: number
  /** As far as the page behind the link tells (flows.mark_invitation_opened). */
  opened: number
  /** Used at least once. */
  redeemed: number
  expired: number
  revoked: number
  superseded: number
  erased: number
  /** Can still be redeemed, and was not yet. */
  pending: number
  /** From issuing to the first use, half of them took no longer; null where none was used. */
  medianSecondsToRedeem: number | null
}>
