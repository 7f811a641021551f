import { randomUUID } from 'node:crypto'
import { clientReport } from '../../src/analytics/client-report.ts'
import { ingestLog } from '../../src/analytics/ingest/ingest-log.ts'
import { parseMonth } from '../../src/analytics/month.ts'
import { refreshUsage } from '../../src/analytics/roll-up-usage.ts'
import { usageReport } from '../../src/analytics/usage-report.ts'
import { ticks } from '../../src/base/clock.ts'
import type { Database } from '../../src/database/database.ts'
import { withScratch } from '../backup/scratch.ts'
import { canSeeBackends, ownCpu, processCpu } from '../cpu.ts'
import { type Comparison, compare, noisyMeasures, type Subject } from '../harness.ts'
import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { sayRatio, table } from '../report.ts'
import { median, randomFrom } from '../statistics.ts'
import { bareCopy, makeBareTable, seedClients, seedUsage, serverOf } from './analytics.queries.ts'
import { type CallForms, makeCalls } from './calls.ts'

/** Measures ingest beside a bare COPY of the same rows, and reports on a thousand clients; gives the report. */
export async function benchAnalytics({ rounds, quick, progress }: BenchOptions): Promise<string> {
  const size = quick
    ? { clients: 100, calls: 50_000, rounds: rounds ?? 2 }
    : { clients: 1_000, calls: 300_000, rounds: rounds ?? 6 }
  return withScratch(async (db) => {
    const { pid, version } = await serverOf(db)
    progress(`Seeding ${size.clients} clients`)
    const codes = await seedClients(db, size.clients)
    await makeBareTable(db)
    const calls = makeCalls(codes.slice(0, 200), size.calls)
    progress(`Ingest of ${size.calls} calls`)
    const ingest = await compare(
      () => Promise.resolve({ subjects: subjects(db, calls, pid), close: () => Promise.resolve() }),
      { rounds: size.rounds, sessions: 1, mostSessions: 1, random: randomFrom(1) },
    )
    progress('Reports')
    const usage = await seedUsage(db, { from: '2025-02-01', days: 59 })
    const reports = await measureReports(db, codes, size.rounds)
    const machine = `${describeMachine(version)}, load ${sayLoad()}`
    return [
      `Measured on ${machine}. ${size.calls.toLocaleString('en')} calls of ${Math.min(200, size.clients)} clients within six hours, as nginx logs them in JSON; *bare COPY* writes the same calls as rows into an unlogged table without a key.`,
      ingestTable(ingest),
      `Behind the reports lie ${usage.calls.toLocaleString('en')} calls of ${size.clients.toLocaleString('en')} clients, in ${usage.rows.toLocaleString('en')} hourly and daily rows.`,
      table([['report', 'median ms'], ...reports.map(({ name, ms }) => [name, ms.toFixed(0)])]),
    ].join('\n\n')
  })
}

function subjects(db: Database, { count, log, copy }: CallForms, pid: number): Subject[] {
  const cpu = () => ownCpu() + (canSeeBackends ? processCpu(pid) : Number.NaN)
  const measured = (name: string, work: () => Promise<unknown>): Subject => ({
    name,
    measure: async () => {
      const [wall, spent] = [ticks(), cpu()]
      await work()
      return { wall: ((ticks() - wall) * 1_000) / count, cpu: (cpu() - spent) / count }
    },
  })
  return [
    measured('baseline', () => bareCopy(db, stream(copy))),
    measured('control', () => bareCopy(db, stream(copy))),
    measured('ingest', () => ingestLog(db, stream(log), { source: randomUUID() })),
  ]
}

async function* stream(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield piece
}

function ingestTable(comparison: Comparison): string {
  const noisy = noisyMeasures(comparison)
  const rows = Object.entries(comparison.figures).map(([name, { wall, cpu }]) => [
    name === 'baseline' ? 'bare COPY' : name,
    perSecond(wall?.value),
    perSecond(cpu?.value),
    name === 'baseline' ? '1' : sayRatio(wall, noisy.includes('wall')),
    name === 'baseline' ? '1' : sayRatio(cpu, noisy.includes('cpu')),
  ])
  return table([['', 'calls a second', 'calls a CPU second', 'wall', 'CPU'], ...rows])
}

/** Calls a second, from microseconds a call; CPU counts the program and its server process together. */
function perSecond(microseconds: number | undefined): string {
  if (microseconds === undefined || Number.isNaN(microseconds)) return '-'
  return Math.round(1e6 / microseconds).toLocaleString('en')
}

async function measureReports(
  db: Database,
  codes: readonly string[],
  rounds: number,
): Promise<{ name: string; ms: number }[]> {
  const month = parseMonth('2025-03')
  const [code = ''] = codes
  const works: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['all clients brought up to date', () => refreshUsage(db)],
    ['all clients', () => usageReport(db, month)],
    ['one client brought up to date', () => refreshUsage(db, code)],
    ['one client', () => clientReport(db, code, month)],
  ]
  const measured: { name: string; ms: number }[] = []
  for (const [name, work] of works) {
    await work()
    const times: number[] = []
    for (let round = 0; round < Math.min(rounds, 5); round += 1) {
      const begun = ticks()
      await work()
      times.push(ticks() - begun)
    }
    measured.push({ name, ms: median(times) })
  }
  return measured
}
