import { clientReport } from '../../analytics/client-report.ts'
import type { ApiFigures } from '../../analytics/figures.ts'
import { monthOf, parseMonth } from '../../analytics/month.ts'
import { clientCsv } from '../../analytics/report/csv.ts'
import { clientHtml } from '../../analytics/report/html.ts'
import { sayKinds } from '../../analytics/report/say-figures.ts'
import { refreshUsage } from '../../analytics/roll-up-usage.ts'
import { now } from '../../base/clock.ts'
import { command, type Style } from '../command.ts'
import { sayUsageFigures } from '../say-usage-figures.ts'
import { writeOutput } from '../write-output.ts'

/** Reports what a client had and used in a month. */
export const clientAnalytics = command({
  name: 'client:analytics',
  about: 'Report what a client had and used in a month, beside the month before',
  details:
    'Members, invitations, files, API calls, errors and latency. It reads sums and snapshots, never the calls ' +
    'themselves, and brings those of this client up to date first.',
  arguments: [{ name: 'code', about: "the client's code", required: true }],
  flags: {
    month: { value: 'month', about: 'such as 2025-01 (UTC); the current one if not given' },
    csv: { value: 'file', about: 'also write every figure as CSV' },
    html: { value: 'file', about: 'also write the report as one page with charts' },
  },
  examples: ['client:analytics acme', 'client:analytics acme --month 2025-01 --html acme.html --json'],
  run: async (session, { month, csv, html }, code) => {
    const asked = month === undefined ? monthOf(now()) : parseMonth(month)
    const db = await session.database()
    await refreshUsage(db, code)
    const report = await clientReport(db, code, asked)
    await writeOutput(csv, () => clientCsv(report))
    await writeOutput(html, () => clientHtml(report))
    return report
  },
  say: ({ legalName, clientCode, month, tier, figures, before, applications, endpoints }, style) =>
    [
      `${style.bold(legalName)} (${clientCode}, ${tier}), ${month}`,
      '',
      sayUsageFigures(figures, before, style),
      ...tableOf('APPLICATION', applications, style),
      ...tableOf('ENDPOINT', endpoints, style),
    ].join('\n'),
})

function tableOf(name: string, figures: Readonly<Record<string, ApiFigures>>, style: Style): string[] {
  const rows = sayKinds(figures)
  return rows.length === 0 ? [] : ['', style.table([[name, 'CALLS', 'ERRORS', 'P50', 'P95', 'P99'], ...rows])]
}
