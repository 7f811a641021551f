import { createHash } from 'node:crypto'
import { createServer } from 'node:net'

/** The port a folder's server tries first: always the same one, below those that systems lend for outgoing connections. */
export function preferredPort(folder: string): number {
  return 20_000 + (createHash('sha256').update(folder).digest().readUInt16BE() % 10_000)
}

/** The first port of loopback, from the given one upwards, that nobody listens at. */
export async function freePort(from: number): Promise<number> {
  return (await isFree(from)) ? from : freePort(from < 32_000 ? from + 1 : 20_000)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
