import { randomFrom } from '../statistics.ts'

/** The same calls in two forms, in pieces as a file would give them. */
export type CallForms = { count: number; log: readonly Buffer[]; copy: readonly Buffer[] }

const paths = [
  '/rest/v1/invitations?select=*',
  '/rest/v1/rpc/redeem',
  '/storage/v1/object/a',
  '/auth/v1/token',
]
const statuses = [200, 200, 200, 201, 204, 404, 500]
const piece = 65_536

/** Calls of a gateway within six hours, in order, as JSON lines of nginx and as COPY text; seeded. */
export function makeCalls(clientCodes: readonly string[], count: number): CallForms {
  const random = randomFrom(6)
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item
  const [log, copy]: [string[], string[]] = [[], []]
  for (let place = 0; place < count; place += 1) {
    const at = new Date(Date.UTC(2025, 0, 15) + (place / count) * 21_600_000).toISOString()
    const [client, path, status, ms] = [
      pick(clientCodes),
      pick(paths),
      pick(statuses),
      Math.floor(random() ** 3 * 2_000),
    ]
    const call = {
      time_iso8601: at,
      client,
      app: 'offboarding',
      remote_addr: '192.0.2.1',
      request_method: 'GET',
      request_uri: path,
      status,
      body_bytes_sent: 1234,
      request_time: ms / 1_000,
      http_user_agent: 'supabase-js/2.108.0',
    }
    log.push(`${JSON.stringify(call)}\n`)
    copy.push(`${at}\t${client}\toffboarding\t${path}\t${status}\t${ms}\n`)
  }
  return { count, log: pieces(log.join('')), copy: pieces(copy.join('')) }
}

function pieces(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / piece) }, (_, place) =>
    bytes.subarray(place * piece, (place + 1) * piece),
  )
}
