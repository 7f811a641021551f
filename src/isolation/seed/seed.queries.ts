import type { Database } from '../../database/database.ts'
import { raw, sql } from '../../database/sql.ts'
import type { Relation } from '../catalog/catalog.ts'
import { name, quote } from '../engine/engine.queries.ts'
import type { Tag } from '../tags.ts'
import { looseLargeObject, textOf } from './column-values.ts'

/** A row as texts by column. */
export type Row = Readonly<Record<string, string | null>>

/** An INSERT that gives its row back; columns left out take their default. */
export function insertStatement(relation: Relation, values: ReadonlyMap<string, string>): string {
  const always = relation.columns.some(({ name, identity }) => identity !== '' && values.has(name))
  const columns = [...values.keys()].map((column) => name(column)).join(', ')
  return [
    `insert into ${name(relation.schema, relation.name)} (${columns})`,
    ...(always ? ['overriding system value'] : []),
    `values (${[...values.values()].join(', ')})`,
  ].join(' ')
}

/** A column of the row that a copy is made of. */
export function copiedColumn(column: string): string {
  return `original.${name(column)}`
}

/** An INSERT that takes over from a row that is there whatever is not given. */
export function copyStatement(relation: Relation, values: ReadonlyMap<string, string>): string {
  const at = name(relation.schema, relation.name)
  const columns = [...values.keys()].map((column) => name(column)).join(', ')
  const always = relation.columns.some(({ identity }) => identity !== '') ? ' overriding system value' : ''
  return `insert into ${at} (${columns})${always} select ${[...values.values()].join(', ')} from ${at} original limit 1`
}

/** The same, answering with the row as one jsonb of texts. */
export function returningRow(relation: Relation, insert: string): string {
  return `with made as (${insert} returning *) select ${rowAsTexts(relation, 'made')} from made`
}

/** A condition that finds a row by the values settled for it. */
export function conditionOf(values: ReadonlyMap<string, string>): string {
  const known = [...values].filter(([, value]) => value !== 'null')
  return known.length === 0
    ? 'true'
    : known.map(([column, value]) => `x.${name(column)} = ${value}`).join(' and ')
}

/** One row of a relation under a condition, as texts. */
export async function selectRow(
  db: Database,
  relation: Relation,
  condition: string,
): Promise<Row | undefined> {
  const found = await db.maybe<{ row: Row }>(sql`
    select ${raw(rowAsTexts(relation, 'x'))} as row from ${raw(name(relation.schema, relation.name))} x
    where ${raw(condition)} limit 1`)
  return found?.row
}

/** A client's row of the registry, by its key or by any other unique text. */
export function clientCondition(relation: Relation, key: string, given: string): string {
  const texts = relation.columns.filter(
    ({ category, name: column }) => category === 'S' && isUnique(relation, column),
  )
  return [key, ...texts.map(({ name: column }) => column)]
    .map((column) => `x.${name(column)}::text = ${quote(given)}`)
    .join(' or ')
}

function isUnique({ constraints, indexes }: Relation, column: string): boolean {
  return (
    constraints.some(
      ({ kind, columns }) => (kind === 'u' || kind === 'p') && columns.length === 1 && columns[0] === column,
    ) || indexes.some(({ unique, keys }) => unique && keys.length === 1 && keys[0]?.column === column)
  )
}

function rowAsTexts({ columns }: Relation, alias: string): string {
  // jsonb_build_object takes a hundred arguments at the most
  const parts = []
  for (let start = 0; start < columns.length; start += 40) {
    const pairs = columns
      .slice(start, start + 40)
      .map(({ name: column }) => `${quote(column)}, ${alias}.${name(column)}::text`)
    parts.push(`jsonb_build_object(${pairs.join(', ')})`)
  }
  return parts.join(' || ')
}

/** Makes a large object of a client that no row speaks of. */
export function looseLargeObjectStatement(tag: Tag, prefix: string | undefined): string {
  const mark = textOf({ tag, prefix, place: 3, turn: 0 })
  return `select lo_from_bytea(${looseLargeObject(tag)}, ${quote(mark)})`
}
