import { type Comparison, compare, noisyMeasures } from '../harness.ts'
import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { randomFrom } from '../statistics.ts'
import { workloads } from './isolation.queries.ts'
import { drawKeys } from './keys.ts'
import { type MeasuredCell, reportIsolation } from './report-isolation.ts'
import { openScratch } from './scratch.ts'
import { openSubjects } from './subjects.ts'

/** What is measured. */
export type IsolationPlan = {
  invitations: number
  clientCounts: readonly number[]
  /** Rounds a session. */
  rounds: number
  sessions: number
  mostSessions: number
}

/** Measures what Row-Level Security costs on flows.invitations, and gives the report. */
export async function benchIsolation({ rounds, quick, progress }: BenchOptions): Promise<string> {
  const plan = quick
    ? {
        invitations: 100_000,
        clientCounts: [10, 1_000, 10_000],
        rounds: rounds ?? 20,
        sessions: 1,
        mostSessions: 1,
      }
    : {
        invitations: 1_000_000,
        clientCounts: [10, 1_000, 10_000],
        rounds: rounds ?? 60,
        sessions: 2,
        mostSessions: 5,
      }
  const { cells, postgres } = await measureIsolation(plan, progress)
  return reportIsolation(cells, plan, `${describeMachine(postgres)}, load ${sayLoad()}`)
}

/** Runs the seven workloads at each number of clients, in a server of its own that is gone afterwards. */
export async function measureIsolation(
  plan: IsolationPlan,
  progress: (text: string) => void,
): Promise<{ cells: MeasuredCell[]; postgres: string }> {
  const scratch = await openScratch()
  const cells: MeasuredCell[] = []
  try {
    for (const clients of plan.clientCounts) {
      progress(`Seeding ${plan.invitations} invitations of ${clients} clients`)
      const addresses = await scratch.fill(clients, plan.invitations)
      const random = randomFrom(clients)
      const nextKey = drawKeys(clients, plan.invitations, random)
      for (const workload of workloads) {
        const comparison = await compare(() => openSubjects(addresses, workload, nextKey), {
          ...plan,
          random,
        })
        cells.push({ workload: workload.name, clients, comparison })
        progress(`  ${workload.name}: ${sayBriefly(comparison)}`)
      }
    }
    return { cells, postgres: scratch.postgres }
  } finally {
    await scratch.close()
  }
}

function sayBriefly(comparison: Comparison): string {
  const { rounds, figures } = comparison
  const ratios = ['control', 'look-up', 'library', 'claims'].map((name) => {
    const { wall, cpu } = figures[name] ?? {}
    return `${name} ${wall?.ratio.toFixed(3)} (CPU ${cpu?.ratio.toFixed(3) ?? 'unknown'})`
  })
  const noise = noisyMeasures(comparison)
  return `${ratios.join(', ')}, ${rounds} rounds${noise.length === 0 ? '' : `, noisy: ${noise.join(', ')}`}`
}
