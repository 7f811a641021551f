import { monthOf, parseMonth } from '../../analytics/month.ts'
import { usageCsv } from '../../analytics/report/csv.ts'
import { usageHtml } from '../../analytics/report/html.ts'
import { sayFull, sayMilliseconds, sayNumber, sayShare } from '../../analytics/report/say-figures.ts'
import { refreshUsage } from '../../analytics/roll-up-usage.ts'
import { usageReport } from '../../analytics/usage-report.ts'
import { now } from '../../base/clock.ts'
import { sayBytes } from '../../base/say-bytes.ts'
import { command } from '../command.ts'
import { sayUsageFigures } from '../say-usage-figures.ts'
import { wholeNumber } from '../whole-number.ts'
import { writeOutput } from '../write-output.ts'

/** Reports what all clients had and used in a month. */
export const analyticsUsage = command({
  name: 'analytics:usage',
  about: 'Report what all clients had and used in a month, beside the month before',
  details:
    'It reads sums and snapshots, never the calls themselves, and brings them up to date first. The table lists the ' +
    'clients with the most calls; --json, --csv and --html have all of them.',
  flags: {
    month: { value: 'month', about: 'such as 2025-01 (UTC); the current one if not given' },
    top: { value: 'number', default: '20', about: 'how many clients the table lists' },
    csv: { value: 'file', about: 'also write every figure of every client as CSV' },
    html: { value: 'file', about: 'also write the report as one page with charts' },
  },
  examples: ['analytics:usage', 'analytics:usage --month 2025-01 --csv usage.csv --json'],
  run: async (session, { month, top, csv, html }) => {
    const asked = month === undefined ? monthOf(now()) : parseMonth(month)
    const listed = wholeNumber(top, 'top', 0, 100_000)
    const db = await session.database()
    await refreshUsage(db)
    const report = await usageReport(db, asked)
    await writeOutput(csv, () => usageCsv(report))
    await writeOutput(html, () => usageHtml(report))
    return { ...report, listed }
  },
  say: ({ month, clients, total, before, listed }, style) =>
    [
      `${style.bold(`${sayNumber(clients.length)} clients`)}, ${month}`,
      '',
      sayUsageFigures(total, before, style),
      '',
      style.table([
        ['CLIENT', 'TIER', 'MEMBERS', 'REDEEMED', 'FILES', 'ROOM', 'CALLS', 'ERRORS', 'P95'],
        ...clients
          .slice(0, listed)
          .map(({ clientCode, tier, members, invitations, storage, api }) => [
            clientCode,
            tier,
            `${sayNumber(members.active)}/${sayNumber(members.limit)}`,
            `${sayNumber(invitations.redeemed)}/${sayNumber(invitations.issued)}`,
            storage.bytes === null ? '-' : `${sayBytes(storage.bytes)} (${storage.percent} %)`,
            sayFull(storage.daysToFull),
            sayNumber(api.calls),
            sayShare(api.errorRate),
            sayMilliseconds(api.p95Ms),
          ]),
      ]),
      ...(clients.length > listed ? [style.dim(`and ${clients.length - listed} more`)] : []),
    ].join('\n'),
})
