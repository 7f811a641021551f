import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { table } from '../report.ts'
import { seedDatabase } from '../seed.ts'
import { serverVersion } from './backup.queries.ts'
import { type LargeOutcome, measureLarge } from './large/measure-large.ts'
import type { Waits } from './large/writers.ts'
import { withScratch } from './scratch.ts'

/** Backs up and restores a small and a large client among many while writers work on all, and gives the report. */
export async function benchLarge({ quick, progress }: BenchOptions): Promise<string> {
  const seeding = quick
    ? { seed: 5, clients: 20, rows: 60_000, large: 20_000 }
    : { seed: 5, clients: 200, rows: 5_000_000, large: 250_000 }
  return withScratch(async (db, folder, url) => {
    progress(`Seeding ${seeding.clients} clients with ${seeding.rows} rows`)
    await seedDatabase(db, seeding)
    const outcome = await measureLarge(db, {
      url,
      folder,
      clientCodes: ['client-1', 'client-2'],
      seconds: quick ? 2 : 30,
      progress,
    })
    const machine = `${describeMachine(await serverVersion(db))}, load ${sayLoad()}`
    return report(machine, seeding, outcome)
  })
}

function report(
  machine: string,
  { clients, rows }: { clients: number; rows: number },
  { waits, clients: restored, others }: LargeOutcome,
): string {
  const number = (value: number) => value.toLocaleString('en')
  const waitsOf = (phase: string, { writes, failed, p99, longest }: Waits) => [
    phase,
    number(writes),
    String(failed),
    p99.toFixed(1),
    longest.toFixed(0),
  ]
  return [
    `Measured on ${machine}: ${clients} clients, ${number(rows)} rows.`,
    table([
      ['beside 8 writers', 'rows', 'MiB', 'backup ms', 'restore ms', 'same digests'],
      ...restored.map(({ clientCode, rows, bytes, backupMs, restoreMs, sameDigests }) => [
        clientCode,
        number(rows),
        (bytes / 2 ** 20).toFixed(1),
        backupMs.toFixed(0),
        restoreMs.toFixed(0),
        sameDigests ? 'yes' : 'NO',
      ]),
    ]),
    table([
      ['writes to other clients', 'writes', 'failed', 'p99 ms', 'longest ms'],
      ...['alone', 'backup', 'restore', 'alone again'].flatMap((phase) => {
        const told = waits[phase]
        return told === undefined ? [] : [waitsOf(phase, told.others)]
      }),
    ]),
    `Of ${others.compared} other clients ${others.changed} had another digest after the restores.`,
  ].join('\n\n')
}
