import { randomUUID } from 'node:crypto'
import { pause, ticks } from '../../../src/base/clock.ts'
import { connect } from '../../../src/database/connect.ts'
import { quantile } from '../../statistics.ts'
import { addPair, listClientCodes } from './large.queries.ts'

/** What writers of some clients went through. */
export type Waits = { writes: number; failed: number; p99: number; longest: number }

/** What to do: note what follows under this name, or stop and tell. */
export type Order = { phase: string } | { stop: true }

/** What is told at the end, by phase: the clients that are worked on, and all others. */
export type Told = Readonly<Record<string, { own: Waits; others: Waits }>>

/**
 * A process of its own, so that the work of a backup does not hold its clock up: eight writers, each on a connection,
 * write an invitation and its redemption to one client after another at random, and note how long each write took.
 */
async function main([url = '', ...workedOn]: readonly string[]): Promise<void> {
  const writers = 8
  const db = await connect(url, { size: writers, role: 'flows_staff' })
  const codes = await listClientCodes(db)
  const noted: { phase: string; code: string; took: number; failed: boolean }[] = []
  let phase: string | undefined = 'before'
  process.on('message', (order: Order) => {
    phase = 'phase' in order ? order.phase : undefined
  })
  const write = async () => {
    while (phase !== undefined) {
      const code = codes[Math.floor(Math.random() * codes.length)] ?? ''
      const [began, during] = [ticks(), phase]
      const failed = await addPair(db, code, randomUUID()).then(
        () => false,
        () => true,
      )
      noted.push({ phase: during, code, took: ticks() - began, failed })
      await pause(10)
    }
  }
  process.send?.('ready')
  await Promise.all(Array.from({ length: writers }, write))
  await db.close()
  const waits = (of: typeof noted): Waits => {
    const took = of.map((each) => each.took)
    return {
      writes: of.length,
      failed: of.filter(({ failed }) => failed).length,
      p99: quantile(took, 0.99),
      longest: Math.max(...took),
    }
  }
  const phases = [...new Set(noted.map((each) => each.phase))]
  const told: Told = Object.fromEntries(
    phases.map((name) => {
      const of = noted.filter((each) => each.phase === name)
      const isOwn = ({ code }: { code: string }) => workedOn.includes(code)
      return [name, { own: waits(of.filter(isOwn)), others: waits(of.filter((each) => !isOwn(each))) }]
    }),
  )
  process.send?.(told)
  process.disconnect()
}

await main(process.argv.slice(2))
