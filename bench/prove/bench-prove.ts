import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ticks } from '../../src/base/clock.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import type { IsolationReport } from '../../src/isolation/isolation-report.ts'
import { proveIsolation } from '../../src/isolation/prove-isolation.ts'
import type { ProveOptions } from '../../src/isolation/prove-options.ts'
import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { table } from '../report.ts'
import { median } from '../statistics.ts'

/** What must hold on two cores, in seconds. */
const bounds = { everything: 5, one: 0.3 }

type Run = { seconds: number; report: IsolationReport }

/** Measures how long the prover takes for our whole schema and for one table of it, and gives the report. */
export async function benchProve({ rounds, quick, progress }: BenchOptions): Promise<string> {
  const count = rounds ?? (quick ? 3 : 10)
  return inScratch(async (db) => {
    progress('Proving everything')
    const everything = await runs(db, count, {})
    progress('Proving one table')
    const one = await runs(db, count, { tables: ['flows.invitations'] })
    return [
      table([
        ['what', 'relations', 'attacks', 'leaks', 'median s', 'slowest s', 'bound s'],
        row('the whole schema, every family', everything, bounds.everything),
        row('flows.invitations alone', one, bounds.one),
      ]),
      '',
      `${count} runs each on ${describeMachine()}, load ${sayLoad()}.`,
    ].join('\n')
  })
}

async function runs(db: Database, count: number, options: ProveOptions): Promise<Run[]> {
  const measured: Run[] = []
  // The first run fills the caches of the backend and is not counted.
  for (let round = 0; round <= count; round += 1) {
    const begun = ticks()
    const report = await proveIsolation(db, options)
    if (round > 0) measured.push({ seconds: (ticks() - begun) / 1_000, report })
  }
  return measured
}

function row(what: string, measured: readonly Run[], bound: number): string[] {
  const seconds = measured.map((run) => run.seconds)
  const report = measured[0]?.report
  const relations = new Set(
    report?.cells.filter(({ verb }) => verb !== 'execute').map(({ relation }) => relation),
  )
  return [
    what,
    String(relations.size),
    String(report?.attacks),
    String(report?.leaks.length),
    median(seconds).toFixed(2),
    Math.max(...seconds).toFixed(2),
    String(bound),
  ]
}

async function inScratch(work: (db: Database) => Promise<string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-bench-'))
  try {
    const { url } = await ensureEmbedded({ folder })
    const owner = await connect(url)
    try {
      await migrateUp(owner, packagePath('migrations'))
      return await work(owner)
    } finally {
      await owner.close()
    }
  } finally {
    await resetEmbedded({ folder })
    rmSync(folder, { recursive: true, force: true })
  }
}
