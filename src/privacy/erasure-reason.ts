/** Why an invitation was erased: words that cannot hold a name. */
export const erasureReasons = ['request', 'retention', 'mistake'] as const

/** One of them. */
export type ErasureReason = (typeof erasureReasons)[number]
