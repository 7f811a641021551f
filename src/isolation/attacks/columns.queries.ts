import type { Column, Relation } from '../catalog/catalog.ts'
import { name, quote } from '../engine/engine.queries.ts'

/** An INSERT of those of the values whose columns are granted. */
export function insertion(
  relation: Relation,
  values: ReadonlyMap<string, string>,
  granted: readonly string[],
  tail = '',
): string {
  const columns = [...values].filter(([column]) => granted.includes(column))
  const at = name(relation.schema, relation.name)
  if (columns.length === 0) return `insert into ${at} default values${tail}`
  const always = columns.some(([column]) =>
    relation.columns.some((each) => each.name === column && each.identity !== ''),
  )
  const list = columns.map(([column]) => name(column)).join(', ')
  return `insert into ${at} (${list})${always ? ' overriding system value' : ''} values (${columns.map(([, value]) => value).join(', ')})${tail}`
}

/** An INSERT of all the given values. */
export function insertable(relation: Relation, values: ReadonlyMap<string, string>): string {
  return insertion(relation, values, [...values.keys()])
}

/** A column that an update may set without breaking a key or a CHECK over several columns. */
export function quietColumn(relation: Relation, granted: readonly string[]): Column | undefined {
  const bound = new Set([
    ...relation.indexes
      .filter(({ unique }) => unique)
      .flatMap(({ keys }) => keys.map(({ column }) => column)),
    ...relation.constraints
      .filter(({ kind, columns }) => kind === 'f' || (kind === 'c' && columns.length > 1))
      .flatMap(({ columns }) => columns),
  ])
  return relation.columns.find(
    ({ name: column, generated, identity }) =>
      granted.includes(column) && !generated && identity === '' && !bound.has(column),
  )
}

/** A text as a literal of the column's type. */
export function literalOf(relation: Relation, column: string, value: string | null | undefined): string {
  const type = relation.columns.find((each) => each.name === column)?.type
  if (value === null || value === undefined) return 'null'
  return type === undefined ? quote(value) : `${quote(value).trim()}::${type}`
}

/** A value of a composite type from a JSON object of its fields. */
export function recordLiteral(type: string, fields: string): string {
  return `jsonb_populate_record(null::${type}, ${quote(fields)})`
}
