import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request as it came. */
export type ReceivedRequest = { path: string; headers: IncomingHttpHeaders; body: string }

/** An HTTP server on loopback that keeps what it is sent and answers with `status`; the caller closes it. */
export async function httpReceiver(): Promise<{
  url: string
  received: ReceivedRequest[]
  answer: { status: number }
  close(): Promise<void>
}> {
  const received: ReceivedRequest[] = []
  const answer = { status: 200 }
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(answer.status, answer.status === 302 ? { location: '/elsewhere' } : {}).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
