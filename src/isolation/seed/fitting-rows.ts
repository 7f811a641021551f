import { mentions } from '../attacks/mentions.ts'
import type { Column, Policy, Relation } from '../catalog/catalog.ts'
import { toTheLetter } from '../to-the-letter.ts'
import type { Row } from './seed.queries.ts'

const mostRows = 4

/**
 * What the policies of a table ask of a row itself (a state, a flag, a date that is there or not), a set of values for
 * each policy that the given row does not meet: rows that one policy would show, and the seeded one would not.
 */
export function fittingValues(relation: Relation, row: Row): Map<string, string>[] {
  const sets = relation.policies
    .filter(({ permissive }) => permissive)
    .map((policy) => wantedBy(policy, relation.columns))
    .filter((wanted) => [...wanted].some(([column, value]) => textOf(value) !== (row[column] ?? null)))
  return [...new Map(sets.map((wanted) => [JSON.stringify([...wanted]), wanted])).values()].slice(0, mostRows)
}

function wantedBy({ using }: Policy, columns: readonly Column[]): Map<string, string> {
  const wanted = new Map<string, string>()
  const text = using ?? ''
  for (const { name, category, type, generated } of columns) {
    if (generated || !mentions(text, name)) continue
    const column = `\\(?"?${toTheLetter(name)}"?\\)?(?:::\\w+(?: varying)?)?`
    const literal = new RegExp(`(?:^|[^\\w.])${column} = (?:ANY \\(\\(?ARRAY\\[)?'((?:[^']|'')*)'`).exec(
      text,
    )?.[1]
    if (literal !== undefined) wanted.set(name, `'${literal}'::${type}`)
    else if (new RegExp(`(?:^|[^\\w.])${column} IS NULL`).test(text)) wanted.set(name, 'null')
    else if (category === 'B') wanted.set(name, new RegExp(`NOT ${column}`).test(text) ? 'false' : 'true')
  }
  return wanted
}

/** A value as it would be read back. */
function textOf(value: string): string | null {
  return value === 'null' ? null : (/^'(.*)'::/s.exec(value)?.[1]?.replaceAll("''", "'") ?? value)
}
