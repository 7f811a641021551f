import { escapeMarkup as e } from '../../base/markup.ts'
import type { Cell, Verb, Verdict } from '../isolation-report.ts'

const words: Readonly<Record<Verdict, string>> = {
  denied: 'denied',
  own: 'own rows only',
  leak: 'LEAK',
  unproven: 'unproven',
}
const verbs: readonly Verb[] = ['select', 'insert', 'update', 'delete', 'truncate', 'execute']

/** How the picture is coloured; a leak and an unproven cell differ from the others in form too. */
export const pictureStyle = `
.matrix { width: auto; font-size: 12px } .matrix th, .matrix td { text-align: left; padding: .1rem .5rem .1rem 0; white-space: nowrap; border: 0 }
.matrix tr > :first-child { position: sticky; left: 0; background: var(--ground); max-width: 44vw; overflow: hidden; text-overflow: ellipsis; font-family: ui-monospace, monospace }
.matrix i, .key i { display: inline-block; vertical-align: middle; width: 17px; height: 17px; margin-right: 2px; border-radius: 3px; text-align: center; font: 11px/17px ui-monospace, monospace; color: #18181b }
.denied { background: #d4d4d8 } .own { background: #4ade80 } .unproven { background: #facc15; outline: 2px dashed #a16207 } i.leak { background: #dc2626; color: #fff; outline: 2px solid #7f1d1d } .matrix i.absent { background: none }
@media (prefers-color-scheme: dark) { .denied { background: #52525b } .matrix .denied { color: #f4f4f5 } }
.key span { margin-right: 1rem; white-space: nowrap }
`

/** The matrix: a row a relation, a square a verb of each actor, by its first letter; what is closed to all comes folded. */
export function picture(cells: readonly Cell[]): string {
  const actors = [...new Set(cells.map(({ actor }) => actor))]
  const relations = [...new Set(cells.map(({ relation }) => relation))]
  const rows = relations.map((relation) => {
    const mine = cells.filter((cell) => cell.relation === relation)
    const closed = mine.every(({ verdict }) => verdict === 'denied')
    return {
      closed,
      row: `<tr><td title="${e(relation)}">${e(relation)}</td>${actors.map((actor) => `<td>${squares(mine, actor)}</td>`).join('')}</tr>`,
    }
  })
  const table = (closed: boolean) =>
    `<div class="wide"><table class="matrix"><tr><th>relation</th>${actors.map((actor) => `<th>${e(actor)}</th>`).join('')}</tr>${rows
      .filter((each) => each.closed === closed)
      .map(({ row }) => row)
      .join('')}</table></div>`
  const closed = rows.filter((each) => each.closed).length
  return [
    `<p class="key">${(Object.keys(words) as Verdict[]).map((verdict) => `<span><i class="${verdict}"></i> ${words[verdict]}</span>`).join('')}</p>`,
    `<p class="soft">s select, i insert, u update, d delete, t truncate, x execute</p>`,
    table(false),
    closed === 0
      ? ''
      : `<details><summary>${closed} further relations are closed to all of these</summary>${table(true)}</details>`,
  ].join('\n')
}

function squares(cells: readonly Cell[], actor: string): string {
  const mine = cells.filter((cell) => cell.actor === actor)
  const present = verbs.filter((verb) => cells.some((cell) => cell.verb === verb))
  return present
    .map((verb) => {
      const cell = mine.find((each) => each.verb === verb)
      if (cell === undefined) return '<i class="absent"></i>'
      const told = `${cell.relation}, ${verb} as ${actor}: ${words[cell.verdict]}`
      return `<i class="${cell.verdict}" title="${e(told)}">${verb === 'execute' ? 'x' : verb.charAt(0)}</i>`
    })
    .join('')
}
