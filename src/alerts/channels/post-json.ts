import { FlowsError } from '../../base/errors.ts'
import type { ChannelName } from './channel.ts'

/** How many milliseconds a receiver may take. */
const patience = 10_000

/**
 * Posts a JSON text to an http:// or https:// address. Throws NOTIFICATION_FAILED unless it is taken with a 2xx; the
 * error names the host only, because the rest of such an address is often a secret.
 */
export async function postJson(
  channel: ChannelName,
  address: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { host } = new URL(address)
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'flows-db', ...headers },
    body,
    // A redirect would carry the message, and its signature, to somebody else.
    redirect: 'manual',
    signal: AbortSignal.timeout(patience),
  }).catch((cause: unknown) => {
    throw new FlowsError('NOTIFICATION_FAILED', `${host} does not answer (channel ${channel})`, {
      hint,
      cause,
    })
  })
  await response.body?.cancel()
  if (response.ok) return
  throw new FlowsError('NOTIFICATION_FAILED', `${host} answered ${response.status} (channel ${channel})`, {
    hint,
  })
}

const hint = 'Nothing is lost: it is sent again. See the address with: config:show'
