import { fork } from 'node:child_process'
import { once } from 'node:events'
import { packagePath } from '../../../src/base/package-folder.ts'
import type { Order, Told } from './writers.ts'

/** Writers at work in a process of their own. */
export type Writers = { phase(name: string): void; stop(): Promise<Told> }

/** Starts eight writers on all clients of a database; `workedOn` are those whose waits are told apart. */
export async function startWriters(url: string, workedOn: readonly string[]): Promise<Writers> {
  const program = packagePath('bench', 'backup', 'large', 'writers.ts')
  const child = fork(program, [url, ...workedOn], { execArgv: ['--import', 'tsx'] })
  const send = (order: Order) => void child.send(order)
  await once(child, 'message')
  return {
    phase: (phase) => send({ phase }),
    stop: async () => {
      const told = once(child, 'message')
      const gone = once(child, 'exit')
      send({ stop: true })
      const [message] = await told
      await gone
      return message as Told
    },
  }
}
