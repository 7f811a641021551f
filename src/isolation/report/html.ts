import { escapeMarkup as e } from '../../base/markup.ts'
import type { IsolationReport, Leak, Verdict } from '../isolation-report.ts'

const words: Readonly<Record<Verdict, string>> = {
  denied: 'denied',
  own: 'own rows only',
  leak: 'LEAK',
  unproven: 'unproven',
}
const colors: Readonly<Record<Verdict, string>> = {
  denied: '#d4d4d8',
  own: '#4ade80',
  leak: '#dc2626',
  unproven: '#facc15',
}
const verbs = ['select', 'insert', 'update', 'delete', 'truncate', 'execute'] as const
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Isolation: ${e(verdict)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #18181b; background: #fff }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
pre { background: #f4f4f5; padding: .75rem; overflow-x: auto; font-size: 12px }
table { border-collapse: collapse } td, th { padding: .2rem .6rem; text-align: left; border-bottom: 1px solid #e4e4e7 }
.picture { overflow-x: auto } details { margin: .5rem 0 } summary { cursor: pointer }
</style>
</head>
<body>
<h1>${e(headlines[verdict])}</h1>
<p>${attacks} attacks in ${seconds} s; ${leaks.length} leaks, ${unproven.length} unproven cells. ${proved} of ${proofs.length} pairs of table and role hold by construction. ${controls.planted.length} planted holes were caught.</p>
<div class="picture">${picture(report)}</div>
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
${section('Proofs', [`<table><tr><th>table</th><th>role</th><th>holds by</th><th>because</th></tr>${proofs.map(({ relation, role, by, why }) => `<tr><td>${e(relation)}</td><td>${e(role)}</td><td>${e(by ?? 'attacks only')}</td><td>${e(why)}</td></tr>`).join('')}</table>`])}
${section(
  'Indexes lost under row-level security',
  lost.map(
    ({ relation, index, why, fix }) =>
      `<details><summary><b>${e(index)}</b> of ${e(relation)}: ${e(why)}</summary><pre>${e(fix ?? '')}</pre></details>`,
  ),
)}
</body>
</html>
`
}

function section(title: string, parts: readonly string[]): string {
  return parts.length === 0 ? '' : `<h2>${e(title)}</h2>\n${parts.join('\n')}`
}

function sayLeak({ object, actor, context, title, evidence, reproduce, fix }: Leak): string {
  return `<details open><summary><b>${e(object)}</b> as ${e(actor)} (${e(context)}): ${e(title)}</summary>
<p>${e(evidence)}</p><p>Shows it:</p><pre>${e(reproduce)}</pre><p>Closes it:</p><pre>${e(fix)}</pre></details>`
}

/** The matrix drawn as SVG: a row a relation, a block of verbs an actor. */
function picture({ cells }: IsolationReport): string {
  const actors = [...new Set(cells.map(({ actor }) => actor))]
  const relations = [...new Set(cells.map(({ relation }) => relation))]
  const [left, top, size, gap] = [330, 60, 16, 14]
  const block = verbs.length * size + gap
  const at = new Map(cells.map((cell) => [`${cell.relation} ${cell.actor} ${cell.verb}`, cell]))
  const squares = relations.flatMap((relation, row) =>
    actors.flatMap((actor, column) =>
      verbs.map((verb, place) => {
        const cell = at.get(`${relation} ${actor} ${verb}`)
        if (cell === undefined) return ''
        const [x, y] = [left + column * block + place * size, top + row * size]
        return `<rect x="${x}" y="${y}" width="${size - 2}" height="${size - 2}" fill="${colors[cell.verdict]}"><title>${e(`${relation}, ${verb} as ${actor}: ${words[cell.verdict]}`)}</title></rect>`
      }),
    ),
  )
  const heads = actors.map(
    (actor, column) =>
      `<text x="${left + column * block}" y="${top - 26}" font-weight="bold">${e(actor)}</text><text x="${left + column * block + 2}" y="${top - 8}" letter-spacing="9">siudtx</text>`,
  )
  const names = relations.map(
    (relation, row) =>
      `<text x="${left - 10}" y="${top + row * size + 11}" text-anchor="end">${e(relation.length > 48 ? `${relation.slice(0, 47)}…` : relation)}</text>`,
  )
  const keys = (Object.keys(words) as Verdict[]).map(
    (verdict, place) =>
      `<rect x="${left + place * 130}" y="4" width="12" height="12" fill="${colors[verdict]}"/><text x="${left + place * 130 + 18}" y="14">${e(words[verdict])}</text>`,
  )
  const [width, height] = [left + actors.length * block, top + relations.length * size + 10]
  return `<svg role="img" aria-label="Matrix of relations, actors and verbs" width="${width}" height="${height}" font-family="ui-monospace, monospace" font-size="11">${[...keys, ...heads, ...names, ...squares].join('')}</svg>`
}
