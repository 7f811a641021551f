import type { ClientReport } from '../client-report.ts'
import type { UsageFigures } from '../figures.ts'
import type { UsageReport } from '../usage-report.ts'

/** Every figure of one client as CSV: a line a figure, with that of the month before; nothing where there is none. */
export function clientCsv({ month, monthBefore, figures, before }: ClientReport): string {
  const now = flat(figures)
  const then = new Map(flat(before))
  return lines([['figure', month, monthBefore], ...now.map(([name, value]) => [name, value, then.get(name)])])
}

/** Every figure of the month as CSV: a line a client. */
export function usageCsv({ clients, total }: UsageReport): string {
  const names = flat(total).map(([name]) => name)
  return lines([
    ['clientCode', 'tier', ...names],
    ...clients.map(({ clientCode, tier, ...figures }) => [
      clientCode,
      tier,
      ...flat(figures).map(([, value]) => value),
    ]),
  ])
}

/** Figures by name, such as "api.p95Ms". */
function flat(figures: UsageFigures): (readonly [string, number | null])[] {
  return (['members', 'invitations', 'storage', 'api'] as const).flatMap((group) =>
    Object.entries(figures[group] as Readonly<Record<string, number | null>>).map(
      ([name, value]) => [`${group}.${name}`, value] as const,
    ),
  )
}

// Codes, tiers, names of figures and numbers: nothing of it needs quotes.
function lines(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  return rows.map((row) => `${row.map((cell) => cell ?? '').join(',')}\n`).join('')
}
