import { type Comparison, type Figure, noisyMeasures } from '../harness.ts'
import { sayRatio, table } from '../report.ts'

const names: Readonly<Record<string, string>> = {
  baseline: '`node -e 0` (baseline)',
  control: '`node -e 0` again (control)',
}

/** The table of the startup benchmark, as Markdown. */
export function reportStartup(comparison: Comparison, machine: string): string {
  const { figures, rounds } = comparison
  const noisy = noisyMeasures(comparison)
  const rows = Object.entries(figures).map(([name, { wall, cpu }]) => [
    names[name] ?? `\`${name}\``,
    milliseconds(wall?.value),
    milliseconds(cpu?.value),
    sayRatio(wall, noisy.includes('wall')),
    sayRatio(cpu, noisy.includes('cpu')),
    more(cpu),
  ])
  const heading = ['program', 'wall ms', 'CPU ms', 'wall', 'CPU', 'CPU ms more']
  return `Measured on ${machine}; ${rounds} rounds.\n\n${table([heading, ...rows])}`
}

function milliseconds(value = Number.NaN): string {
  return value.toFixed(1)
}

function more(figure: Figure | undefined): string {
  if (figure === undefined) return '-'
  return `${figure.difference < 0 ? '' : '+'}${milliseconds(figure.difference)}`
}
