import type { Row } from '../seed/seed.queries.ts'
import { toTheLetter } from '../to-the-letter.ts'
import { mentions } from './mentions.ts'

/** A row of one client, with the table that it stands in. */
export type NamedRow = { table: string; oid: number; row: Row }

/** The rows whose tables a function's text speaks of, before all others. */
export function nearestFirst(rows: readonly NamedRow[], source: string): NamedRow[] {
  const spokenOf = rows.filter(({ table }) => mentions(source, table))
  return [...spokenOf, ...rows.filter((row) => !spokenOf.includes(row))]
}

/**
 * JSON documents that a function would take: every key that its text looks for, at each depth at which it looks, with
 * the values of one row; and the same as a list of one.
 */
export function documentsFor(source: string, rows: readonly NamedRow[]): string[] {
  return rows.flatMap((named) => {
    const document = nested(source, flat(source, named))
    return [JSON.stringify(document), JSON.stringify([document])]
  })
}

/** The plain values of a row by column, as a composite argument takes them. */
export function recordOf({ row }: NamedRow): string {
  return JSON.stringify(plain(row))
}

/** A table's name as a column that refers to it would begin. */
export function singular(table: string): string {
  return table.replace(/ies$/, 'y').replace(/s$/, '')
}

type Document = { [key: string]: string | Document | Document[] }

const step = /->>?\s*'([^']+)'/g
const path = /#>>?\s*'\{([^}']+)\}'/g

function flat(source: string, named: NamedRow): Document {
  const keys = [
    ...[...source.matchAll(step)].map(([, key = '']) => key),
    ...[...source.matchAll(path)].flatMap(([, keys = '']) => keys.split(',')),
    ...[...source.matchAll(/\bas\s+"?\w+"?\s*\(([^()]*)\)/gi)].flatMap(([, columns = '']) =>
      columns.split(',').map((column) => /^\s*"?(\w+)/.exec(column)?.[1] ?? ''),
    ),
  ]
  const values = keys
    .filter((key) => key !== '')
    .map((key): [string, string] => [key, valueFor(key, source, named)])
  return { ...plain(named.row), ...Object.fromEntries(values) }
}

function valueFor(key: string, source: string, { table, row }: NamedRow): string {
  const column = Object.keys(row).find((each) => each === key || `${singular(table)}_${each}` === key)
  const value = column === undefined ? undefined : row[column]
  if (value != null) return value
  const cast = new RegExp(`'${toTheLetter(key)}'[^'(]*\\)*\\s*::\\s*(\\w+)`).exec(source)?.[1] ?? ''
  if (/^(uuid|u?int\d?|integer|bigint)$/.test(cast) || /(^|_)(id|ids|ref|uuid|key)$/i.test(key))
    return row.id ?? '1'
  return 'flows-db'
}

/** Lists and documents have no text that a column of another type would take. */
function plain(row: Row): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row).filter(
      (pair): pair is [string, string] => pair[1] !== null && !/^[{[]/.test(pair[1]),
    ),
  )
}

/** Every level has every key, so that whatever way the text goes down, it finds what it looks for. */
function nested(source: string, leaf: Document): Document {
  const inner: Document = { ...leaf }
  for (const [, keys = ''] of source.matchAll(path)) {
    const [outer = '', ...rest] = keys.split(',')
    if (rest.length > 0) inner[outer] = leaf
  }
  const document: Document = { ...inner }
  for (const [text, key = ''] of source.matchAll(step)) {
    if (text.startsWith('->>')) continue
    const listed = new RegExp(`_elements(_text)?\\s*\\([^()]*'${toTheLetter(key)}'`, 'i').test(source)
    document[key] = listed ? [inner] : inner
  }
  return document
}
