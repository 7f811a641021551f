import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * The header by which a webhook shows who sent it: `t=<seconds since 1970>,v1=<hex>`, where the hex digits are
 * HMAC-SHA256 of `<t>.<body>` (the scheme of Stripe's signatures).
 */
export function signWebhook(body: string, secret: string, at: Date): string {
  const t = Math.floor(at.getTime() / 1_000)
  return `t=${t},v1=${mac(t, body, secret)}`
}

/** How old a signature may be, and what time it is. */
export type VerifyWebhookOptions = { now: Date; tolerance?: number }

/**
 * Whether a Flows-Signature header is of this very body and secret, and not further than `tolerance` seconds (300 if
 * not given) from now: an older one may be somebody else sending it again.
 */
export function verifyWebhook(
  body: string,
  header: string,
  secret: string,
  { now, tolerance = 300 }: VerifyWebhookOptions,
): boolean {
  const [, t = '', digits = ''] = /^t=([0-9]{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? []
  if (digits === '') return false
  const isFresh = Math.abs(now.getTime() / 1_000 - Number(t)) <= tolerance
  const isSigned = timingSafeEqual(Buffer.from(digits), Buffer.from(mac(Number(t), body, secret)))
  return isFresh && isSigned
}

function mac(t: number, body: string, secret: string): string {
  return createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')
}
