import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { resolveDomain } from '../../src/clients/resolve-domain.ts'

type Answer = { code: number; records?: readonly { type: number; data: readonly number[] }[] }

const [a, cname] = [1, 5]

/** A name server on loopback that answers as told: the header and question come back, then the records (RFC 1035). */
async function nameServer(answer: (type: number) => Answer): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port }) => {
    const end = query.indexOf(0, 12) + 5
    const { code, records = [] } = answer(query.readUInt16BE(end - 4))
    const header = Buffer.from([
      query[0] ?? 0,
      query[1] ?? 0,
      0x81,
      0x80 | code,
      0,
      1,
      0,
      records.length,
      0,
      0,
      0,
      0,
    ])
    const body = records.map(({ type, data }) =>
      Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data]),
    )
    socket.send(Buffer.concat([header, query.subarray(12, end), ...body]), port, '127.0.0.1')
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  return `127.0.0.1:${socket.address().port}`
}

function nameData(name: string): number[] {
  return [...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]), 0]
}

test('a domain that is an alias is told with its name and addresses', async () => {
  const server = await nameServer((type) => ({
    code: 0,
    records:
      type === a
        ? [{ type: a, data: [192, 0, 2, 7] }]
        : type === cname
          ? [{ type: cname, data: nameData('flows.thepia.net') }]
          : [],
  }))
  expect(await resolveDomain('acme.thepia.net', { servers: [server] })).toEqual({
    domain: 'acme.thepia.net',
    cname: 'flows.thepia.net',
    addresses: ['192.0.2.7'],
    error: null,
  })
})

test.each([
  ['does not exist', 3, 'there is no such name'],
  ['has no address', 0, 'the name has no address'],
  ['is refused by the name server', 5, 'the name server refused to answer'],
  ['makes the name server fail', 2, 'the name server failed'],
])('a domain that %s is told as such', async (_, code, error) => {
  const server = await nameServer(() => ({ code }))
  expect(await resolveDomain('acme.thepia.net', { servers: [server] })).toEqual({
    domain: 'acme.thepia.net',
    cname: null,
    addresses: [],
    error,
  })
})

test('a name server that keeps silent is given up', async () => {
  const silent = createSocket('udp4')
  silent.bind(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => new Promise<void>((resolve) => silent.close(() => resolve())))
  const servers = [`127.0.0.1:${silent.address().port}`]
  expect(await resolveDomain('acme.thepia.net', { servers, timeout: 100 })).toMatchObject({
    error: 'no name server answered in time',
  })
})
