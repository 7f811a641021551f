import { htmlPage } from '../../base/html-page.ts'
import { escapeMarkup as e } from '../../base/markup.ts'
import type { IsolationReport, Leak } from '../isolation-report.ts'
import { picture, pictureStyle } from './picture.ts'

const style = `
pre { background: var(--panel); border: 1px solid var(--rail); padding: .75rem; overflow-x: auto; font-size: 12px }
td, th { text-align: left; vertical-align: top; overflow-wrap: anywhere }
details { margin: .5rem 0 } summary { cursor: pointer; overflow-wrap: anywhere }
`

const headlines = {
  isolated: 'Isolated: nothing of another client came out or changed',
  leak: 'Something of another client came out or changed',
  unproven: 'No leak found, but not everything could be tried',
}

/** The report as one page that needs nothing else: the picture of the matrix, each leak with its SQL, proofs and controls. */
export function toHtml(report: IsolationReport): string {
  const { verdict, leaks, unproven, attacks, seconds, controls, proofs, indexParity, notes } = report
  const proved = proofs.filter(({ by }) => by !== null).length
  const lost = indexParity.filter(({ usable }) => !usable)
  const body = `<h1>${e(headlines[verdict])}</h1>
<p>${attacks} attacks in ${seconds} s; ${leaks.length} leaks, ${unproven.length} unproven cells. ${proved} of ${proofs.length} pairs of table and role hold by construction. ${controls.planted.length} planted holes were caught.</p>
${picture(report.cells)}
${section('Leaks', leaks.map(sayLeak))}
${section(
  'Unproven',
  unproven.map(
    ({ object, actor, verb, reason }) =>
      `<p><b>${e(object)}</b> ${e(verb ?? '')} as ${e(actor)}: ${e(reason)}</p>`,
  ),
)}
${section(
  'Worth knowing',
  notes.map(
    ({ object, title, fix }) =>
      `<details><summary><b>${e(object)}</b> ${e(title)}</summary><pre>${e(fix)}</pre></details>`,
  ),
)}
${section('Proofs', [`<details><summary>Why each table is closed to each role</summary><div class="wide"><table><tr><th>table</th><th>role</th><th>holds by</th><th>because</th></tr>${proofs.map(({ relation, role, by, why }) => `<tr><td>${e(relation)}</td><td>${e(role)}</td><td>${e(by ?? 'attacks only')}</td><td>${e(why)}</td></tr>`).join('')}</table></div></details>`])}
${section(
  'Indexes lost under row-level security',
  lost.map(
    ({ relation, index, why, fix }) =>
      `<details><summary><b>${e(index)}</b> of ${e(relation)}: ${e(why)}</summary><pre>${e(fix ?? '')}</pre></details>`,
  ),
)}`
  return htmlPage({ title: `Isolation: ${verdict}`, style: `${style}${pictureStyle}`, body })
}

function section(title: string, parts: readonly string[]): string {
  return parts.length === 0 ? '' : `<h2>${e(title)}</h2>\n${parts.join('\n')}`
}

function sayLeak({ object, actor, context, title, evidence, reproduce, fix }: Leak): string {
  return `<details open><summary><b>${e(object)}</b> as ${e(actor)} (${e(context)}): ${e(title)}</summary>
<p>${e(evidence)}</p><p>Shows it:</p><pre>${e(reproduce)}</pre><p>Closes it:</p><pre>${e(fix)}</pre></details>`
}
