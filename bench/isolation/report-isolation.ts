import { type Comparison, type Figure, noisyMeasures } from '../harness.ts'
import { sayRatio, table } from '../report.ts'
import type { IsolationPlan } from './bench-isolation.ts'

/** One workload at one number of clients. */
export type MeasuredCell = { workload: string; clients: number; comparison: Comparison }

/** The tables of the isolation benchmark, one a number of clients, as Markdown. */
export function reportIsolation(
  cells: readonly MeasuredCell[],
  { invitations, clientCounts }: IsolationPlan,
  machine: string,
): string {
  const tables = clientCounts.map((clients) => {
    const rows = cells.filter((cell) => cell.clients === clients).map(row)
    return `**${count(clients)} clients, ${count(invitations)} invitations**\n\n${table([heading, ...rows])}`
  })
  return [`Measured on ${machine}.`, ...tables].join('\n\n')
}

const heading = [
  'workload',
  'baseline µs',
  'CPU µs',
  'control wall',
  'control CPU',
  'look-up wall',
  'look-up CPU',
  'library wall',
  'library CPU',
  'server µs',
  'claims wall',
  'claims CPU',
  'server µs',
  'rounds',
]

function row({ workload, comparison }: MeasuredCell): string[] {
  const { figures, rounds } = comparison
  const noisy = noisyMeasures(comparison)
  const of = (name: string, measure: string): Figure | undefined => figures[name]?.[measure]
  const ratios = (name: string) =>
    ['wall', 'cpu'].map((measure) => sayRatio(of(name, measure), noisy.includes(measure)))
  const more = (name: string) => sayMore(of(name, 'server'), noisy.includes('server'))
  return [
    workload,
    sayTime(of('baseline', 'wall')),
    sayTime(of('baseline', 'cpu')),
    ...ratios('control'),
    ...ratios('look-up'),
    ...ratios('library'),
    more('library'),
    ...ratios('claims'),
    more('claims'),
    String(rounds),
  ]
}

function sayTime(figure: Figure | undefined): string {
  return figure === undefined ? '-' : count(Math.round(figure.value))
}

function sayMore(figure: Figure | undefined, noisy: boolean): string {
  if (figure === undefined) return '-'
  const text = `${figure.difference < 0 ? '' : '+'}${figure.difference.toFixed(1)}`
  return noisy ? `(${text})` : text
}

function count(number: number): string {
  return number.toLocaleString('en')
}
