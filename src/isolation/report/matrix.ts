import type { IsolationReport, Verb, Verdict } from '../isolation-report.ts'

/** The sign of a verdict in the matrix of the terminal. */
export const signs: Readonly<Record<Verdict, string>> = { denied: '-', own: 'o', leak: 'X', unproven: '?' }

const verbs: readonly (readonly [Verb, string])[] = [
  ['select', 's'],
  ['insert', 'i'],
  ['update', 'u'],
  ['delete', 'd'],
  ['truncate', 't'],
  ['execute', 'x'],
]

/** The matrix as text: one row a relation with a sign for each verb of each actor; what is closed to all is only counted. */
export function layMatrix({ cells }: Pick<IsolationReport, 'cells'>): { rows: string[][]; closed: number } {
  const actors = [...new Set(cells.map(({ actor }) => actor))]
  const relations = [...new Set(cells.map(({ relation }) => relation))]
  const rows: string[][] = []
  let closed = 0
  for (const relation of relations) {
    const mine = cells.filter((cell) => cell.relation === relation)
    if (mine.every(({ verdict }) => verdict === 'denied')) {
      closed += 1
      continue
    }
    const fields = actors.map((actor) =>
      verbs
        .flatMap(([verb]) => mine.filter((cell) => cell.actor === actor && cell.verb === verb))
        .map(({ verdict }) => signs[verdict])
        .join(''),
    )
    rows.push([shorten(relation), ...fields])
  }
  return { rows: [['RELATION', ...actors], ...rows], closed }
}

function shorten(relation: string): string {
  return relation.length <= 36 ? relation : `${relation.slice(0, 35)}…`
}

/** What the signs mean, in one line. */
export const legend =
  'verbs: select insert update delete truncate, or execute · - denied  o own only  X LEAK  ? unproven'
