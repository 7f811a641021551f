import { parseArgs } from 'node:util'
import { benchAnalytics } from './analytics/bench-analytics.ts'
import { benchBackup } from './backup/bench-backup.ts'
import { benchLarge } from './backup/bench-large.ts'
import { benchInvitations } from './invitations/bench-invitations.ts'
import { benchIsolation } from './isolation/bench-isolation.ts'
import { benchMonitor } from './monitor/bench-monitor.ts'
import type { BenchOptions } from './options.ts'
import { benchProve } from './prove/bench-prove.ts'
import { writeReport } from './report.ts'
import { benchStartup } from './startup/bench-startup.ts'

const benches: Readonly<Record<string, (options: BenchOptions) => Promise<string>>> = {
  analytics: benchAnalytics,
  backup: benchBackup,
  'backup-large': benchLarge,
  invitations: benchInvitations,
  isolation: benchIsolation,
  monitor: benchMonitor,
  prove: benchProve,
  startup: benchStartup,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    postgres: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const name = positionals[0] ?? ''
const bench = benches[name]
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
if (bench === undefined || positionals.length > 1 || (rounds !== undefined && !(rounds >= 1))) {
  process.stderr.write(
    `Usage: pnpm bench <${Object.keys(benches).join('|')}> [--rounds <n>] [--quick] [--postgres <bin folder>] [--write]\n`,
  )
  process.exitCode = 2
} else {
  const progress = (text: string) => void process.stderr.write(`${text}\n`)
  const text = await bench({ rounds, quick: values.quick, postgres: values.postgres, progress })
  process.stdout.write(`${text}\n`)
  if (values.write) writeReport(name, text)
}
