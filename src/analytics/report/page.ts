import { htmlPage } from '../../base/html-page.ts'
import { escapeMarkup as e } from '../../base/markup.ts'
import { sayBytes } from '../../base/say-bytes.ts'
import type { InvitationFigures, UsageFigures } from '../figures.ts'
import { meter } from './charts.ts'
import { sayChange, sayFull, sayMedian, sayMilliseconds, sayNumber, sayShare } from './say-figures.ts'

const style = `
:root { --calls: #2563eb; --errors: #dc2626; --calm: #16a34a; --near: #ca8a04 }
@media (prefers-color-scheme: dark) { :root { --calls: #60a5fa; --errors: #f87171; --calm: #4ade80; --near: #facc15 } }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10.5rem), 1fr)); gap: .75rem; margin-top: 1.25rem }
.card { background: var(--panel); border: 1px solid var(--rail); border-radius: .5rem; padding: .75rem 1rem }
.card b { display: block; font-size: 1.4rem; line-height: 1.3 } .card h2 { margin: 0; font-size: .85rem; color: var(--soft) }
td, th { text-align: right; white-space: nowrap } td:first-child, th:first-child { text-align: left }
svg { display: block; width: 100% } .meter { height: 6px; margin: .35rem 0; min-width: 5rem } .chart { height: auto } .chart text { font-size: 13px; fill: var(--soft) }
.rail { fill: var(--rail); stroke: var(--rail) } .meter rect { stroke: none } .calls { fill: var(--calls) } .errors, .full { fill: var(--errors) } .calm { fill: var(--calm) } .near { fill: var(--near) }
.line { fill: none; stroke: var(--calls); stroke-width: 2 } .dot { fill: var(--calls) }
@media (max-width: 40rem) { .chart text { font-size: 24px } }
`

/** A report as a page of its own. */
export function page(title: string, body: string): string {
  return htmlPage({ title, style, body })
}

/** The four figures that matter first, each with what it was the month before. */
export function cards({ members, storage, api }: UsageFigures, before: UsageFigures): string {
  const card = (name: string, value: string, ...notes: readonly string[]) =>
    `<section class="card"><h2>${e(name)}</h2><b>${e(value)}</b>${notes.join('')}</section>`
  const note = (text: string) => (text === '' ? '' : `<p class="soft">${e(text)}</p>`)
  const change = (now: number | null, then: number | null) => {
    const said = sayChange(now, then)
    return note(
      said === '' ? '' : said === 'new' ? 'none the month before' : `${said} against the month before`,
    )
  }
  return `<div class="cards">${[
    card(
      'Members',
      `${sayNumber(members.active)} of ${sayNumber(members.limit)}`,
      meter((members.percent ?? 0) / 100, `${members.percent ?? 0} % of the members allowed`),
      change(members.active, before.members.active),
    ),
    card(
      'Storage',
      storage.bytes === null ? '-' : `${sayBytes(storage.bytes)} of ${sayBytes(storage.limit)}`,
      meter((storage.percent ?? 0) / 100, `${storage.percent ?? 0} % of the storage allowed`),
      note(`${sayNumber(storage.objects)} files, ${sayFull(storage.daysToFull)}`),
      change(storage.bytes, before.storage.bytes),
    ),
    card('API calls', sayNumber(api.calls), change(api.calls, before.api.calls)),
    card(
      'Errors',
      sayShare(api.errorRate),
      note(`${sayNumber(api.errors)} answers with 500 or above, ${sayNumber(api.refused)} with 400 to 499`),
      note(`the month before: ${sayShare(before.api.errorRate)}`),
    ),
    card(
      'Latency',
      sayMilliseconds(api.p95Ms),
      note(`95 % of calls; half ${sayMilliseconds(api.p50Ms)}, 99 % ${sayMilliseconds(api.p99Ms)}`),
      note(`the month before: ${sayMilliseconds(before.api.p95Ms)}`),
    ),
  ].join('')}</div>`
}

/** How far the invitations of the month got, each step as a bar against those issued. */
export function funnel(invitations: InvitationFigures, before: InvitationFigures): string {
  const steps = ['issued', 'sent', 'opened', 'redeemed', 'pending', 'expired', 'revoked'] as const
  const rows = steps.map((step) => {
    const share = invitations.issued === 0 ? null : invitations[step] / invitations.issued
    const bar = meter(share, `${step}: ${sayShare(share)} of those issued`, 'calls')
    return [step, sayNumber(invitations[step]), bar, sayShare(share), sayNumber(before[step])]
  })
  const body = rows.map(
    ([step, count, bar, share, then]) =>
      `<tr><td>${step}</td><td>${count}</td><td style="width:40%">${bar}</td><td>${share}</td><td>${then}</td></tr>`,
  )
  const { medianSecondsToRedeem: median } = invitations
  const half = `<p class="soft">Half of those redeemed were redeemed within ${e(sayMedian(median))}.</p>`
  return `<h2>Invitations issued</h2><div class="wide"><table><tr><th>step</th><th>count</th><th></th><th>share</th><th>month before</th></tr>${body.join('')}</table></div>${median === null ? '' : half}`
}

/** A table; the first row is the heading, and every cell is text. */
export function table(rows: readonly (readonly string[])[]): string {
  const [heading = [], ...body] = rows
  const cells = (row: readonly string[], tag: 'td' | 'th') =>
    `<tr>${row.map((cell) => `<${tag}>${e(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="wide"><table>${cells(heading, 'th')}${body.map((row) => cells(row, 'td')).join('')}</table></div>`
}
