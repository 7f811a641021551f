import { escapeMarkup as e } from '../../base/markup.ts'
import { sayBytes } from '../../base/say-bytes.ts'
import type { ClientReport } from '../client-report.ts'
import type { ApiFigures } from '../figures.ts'
import type { UsageReport } from '../usage-report.ts'
import { callsChart, storageChart } from './charts.ts'
import { cards, funnel, page, table } from './page.ts'
import { sayFull, sayKinds, sayMilliseconds, sayNumber, sayShare } from './say-figures.ts'

/** The report of one client as one page that needs nothing else. */
export function clientHtml(report: ClientReport): string {
  const { clientCode, legalName, tier, month, figures, before, days, applications, endpoints } = report
  return page(
    `${clientCode}, ${month}`,
    `<h1>${e(legalName)} <span class="soft">${e(clientCode)}</span></h1>
<p class="soft">${e(month)}, tier ${e(tier)}${sayTaken(report.takenAt)}</p>
${cards(figures, before)}
<h2>API calls</h2>
${callsChart(days)}
${kinds('application', applications)}
${kinds('part of the API', endpoints)}
${funnel(figures.invitations, before.invitations)}
<h2>Files</h2>
${storageChart(days, sayBytes)}`,
  )
}

/** The report on all clients as one page that needs nothing else. */
export function usageHtml(report: UsageReport): string {
  const { month, clients, total, before, days } = report
  const rows = clients.map(({ clientCode, tier, members, invitations, storage, api }) => [
    clientCode,
    tier,
    `${sayNumber(members.active)} / ${sayNumber(members.limit)}`,
    `${sayNumber(invitations.redeemed)} / ${sayNumber(invitations.issued)}`,
    storage.bytes === null ? '-' : sayBytes(storage.bytes),
    storage.percent === null ? '-' : `${storage.percent} %`,
    sayFull(storage.daysToFull),
    sayNumber(api.calls),
    sayShare(api.errorRate),
    sayMilliseconds(api.p95Ms),
  ])
  const heading = 'client,tier,members,redeemed,files,of limit,room,calls,errors,p95'.split(',')
  return page(
    `Usage, ${month}`,
    `<h1>Usage of ${sayNumber(clients.length)} clients</h1>
<p class="soft">${e(month)}</p>
${cards(total, before)}
<h2>API calls</h2>
${callsChart(days)}
${funnel(total.invitations, before.invitations)}
<h2>Files</h2>
${storageChart(days, sayBytes)}
<h2>Clients</h2>
${table([heading, ...rows])}`,
  )
}

function sayTaken(takenAt: Date | null): string {
  return takenAt === null ? '' : `, figures of ${takenAt.toISOString().slice(0, 16).replace('T', ' ')}Z`
}

function kinds(name: string, figures: Readonly<Record<string, ApiFigures>>): string {
  const rows = sayKinds(figures)
  return rows.length === 0 ? '' : table([[name, 'calls', 'errors', 'p50', 'p95', 'p99'], ...rows])
}
