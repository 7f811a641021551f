import type { Column, Constraint } from '../catalog/catalog.ts'
import type { Tag } from '../tags.ts'

/** A value for a column as SQL text; DEFAULT leaves it to the database. */
export type Candidate = string

/** Whose value it is, and which one of its values. */
export type ValueOf = {
  tag: Tag
  /** The other client's tag that this client's texts begin with, so that a policy by prefix is caught. */
  prefix: string | undefined
  /** A number of the column, the same for both clients. */
  place: number
  /** Makes a further value of the same column: 0 for the seeded row. */
  turn: number
}

/** What to try in a column, best first. */
export function candidatesOf(column: Column, checks: readonly Constraint[], of: ValueOf): Candidate[] {
  if (column.generated) return []
  const fallback = column.identity === 'd' || column.hasDefault ? ['default'] : column.notNull ? [] : ['null']
  const marked = typed(column, of)
  const single = checks.filter(({ columns }) => columns.length === 1)
  const literals = [
    ...single.flatMap(({ definition }) => literalsOf(definition)),
    ...(column.domainChecks ?? []).flatMap(({ definition }) => literalsOf(definition)),
  ].map((literal) => cast(literalFor(column, literal), column))
  const bound = checks.some(({ columns }) => columns.length > 1)
  const lists = single.some(({ definition }) => /ANY|= '|IN \(/.test(definition))
  // Counters, limits and times that the database sets itself; a sequence is not moved needlessly.
  const counts =
    column.category === 'N' && column.baseType !== 'oid' && !/nextval/.test(column.default ?? 'nextval')
  const late = column.category === 'D' && column.hasDefault
  const isDocument = column.baseType === 'json' || column.baseType === 'jsonb'
  if (column.category === 'B' || late || counts || (!isDocument && (bound || lists)))
    return unique([...fallback, ...literals, ...marked])
  return unique([...marked, ...literals, ...fallback])
}

/** A CHECK on an array or a document names what must be in it. */
function literalFor({ category, baseType }: Column, literal: string): string {
  if (category === 'A') return `{"${literal}"}`
  return baseType === 'json' || baseType === 'jsonb' ? JSON.stringify({ [literal]: 1 }) : literal
}

/** The literals that a CHECK compares with; patterns are not among them. */
function literalsOf(definition: string): string[] {
  return [...definition.matchAll(/(~\*?\s*)?'((?:[^']|'')*)'/g)]
    .filter(([, pattern]) => pattern === undefined)
    .map(([, , literal = '']) => literal.replaceAll("''", "'"))
}

function typed(column: Column, of: ValueOf): Candidate[] {
  const { tag, place, turn } = of
  const { category, baseType } = column
  const number = tag.number * 100 + ((place * 7 + turn * 31) % 100)
  const time = `2031-03-${10 + (place % 18)} 07:${10 + (turn % 49)}:11.${tag.micros}+00`
  const as = (...texts: readonly string[]) => texts.map((text) => cast(text, column))
  if (column.labels !== null && category === 'E') return as(...column.labels)
  if (category === 'S' || baseType === 'citext') return as(...texts(column, of))
  if (baseType === 'uuid') return as(uuid(tag, place, turn))
  if (baseType === 'smallint') return as(String(100 + ((place * 7 + turn) % 900)), '1', '0')
  if (baseType === 'oid')
    return turn === 0 ? [largeObject(number, of), ...as(String(number))] : as(String(number))
  if (category === 'N') return as(String(number), String(1 + turn), '0', '0.5', '100', '2030')
  if (category === 'B') return as('false', 'true')
  if (baseType.startsWith('timestamp')) return as(time, '2020-01-01 00:00:00+00')
  if (baseType === 'date') return as('2031-03-05', '2020-01-01')
  if (baseType.startsWith('time')) return as('07:11:12')
  if (category === 'T') return as(`${10 + turn} days`)
  if (baseType === 'json' || baseType === 'jsonb') {
    const mark = textOf(of)
    const asked = Object.fromEntries((column.keys ?? []).map((key) => [key, mark]))
    return as(...new Set([JSON.stringify({ mark, ...asked }), JSON.stringify({ mark })]), '[]', '{}')
  }
  if (baseType === 'bytea') {
    const hex = (bytes: number) =>
      `\\x${tag.text}${tag.text.repeat(Math.ceil(bytes / 6))}`.slice(0, 2 + bytes * 2)
    return as(hex(12), hex(32), hex(16), hex(64), hex(6))
  }
  if (category === 'A') return arrays(column, of)
  if (baseType === 'inet' || baseType === 'cidr') return as(`10.${place % 200}.${turn % 200}.7`)
  if (baseType === 'xml') return as(`<mark>${textOf(of)}</mark>`)
  if (baseType === 'tsvector' || baseType === 'ltree') return as(textOf(of).replaceAll('-', '_'))
  if (category === 'R') return as('empty')
  return as(textOf(of), '(1,1)', '1', '{}', '08:00:2b:01:02:03')
}

/** Makes a large object with a client's mark in it, and gives its oid. */
function largeObject(oid: number, of: ValueOf): string {
  return `lo_from_bytea(${oid}, '${textOf(of)}')`
}

/** The oid of a large object of a client that stands in no table. */
export function looseLargeObject({ number }: Tag): string {
  return String(number * 100 + 99)
}

function arrays(column: Column, of: ValueOf): Candidate[] {
  const element = column.baseType.replace(/\[\]$/, '')
  const marks: Record<string, string> = {
    text: textOf(of),
    uuid: uuid(of.tag, of.place, of.turn),
    integer: '1',
    bigint: '1',
  }
  const inner = column.labels?.[0] ?? (element.startsWith('character') ? textOf(of) : marks[element])
  return [...(inner === undefined ? [] : [cast(`{"${inner}"}`, column)]), cast('{}', column)]
}

function texts(column: Column, of: ValueOf): string[] {
  const mark = textOf(of)
  const hints: [RegExp, string][] = [
    [/e?mail/i, `${mark}@example.com`],
    [/url|link|website/i, `https://${mark}.example.com/`],
    [/currency/i, 'EUR'],
    [/country/i, 'DE'],
    [/locale|lang/i, 'en'],
    [/phone/i, `+1555${of.tag.number}`],
  ]
  const hinted = hints.filter(([pattern]) => pattern.test(column.name)).map(([, text]) => text)
  const fits = (text: string) => column.length === null || text.length <= column.length
  const short = of.prefix === undefined ? of.tag.text : of.tag.text
  const turned = of.turn === 0 ? '' : String(of.turn)
  const all = [
    ...hinted,
    mark,
    `${mark}.example.com`,
    `${mark}@example.com`,
    `https://${mark}.example.com/`,
    `${short}${turned}`,
    `/${mark}`,
    mark.toUpperCase(),
    mark.replaceAll('-', '_'),
    `${of.tag.text.replace(/\D/g, '')}${of.tag.number}`,
    of.tag.text.repeat(6).slice(0, 64),
    of.tag.text.repeat(6).slice(0, 32),
    uuid(of.tag, of.place, of.turn),
    'EUR',
    'DE',
    'en',
    `1.0.${of.turn}`,
    '#a1b2c3',
    '+15550001111',
    '2031-03-05',
  ]
  const fitting = all.filter(fits)
  return fitting.length > 0 ? fitting : [of.tag.text.slice(-(column.length ?? 1))]
}

/** A client's marked text: B's begins with A's, as the code of one client may begin with another's. */
export function textOf({ tag, prefix, place, turn }: ValueOf): string {
  const head = `c${place}-${prefix === undefined ? tag.text : `${prefix}-${tag.text}`}`
  return turn === 0 ? head : `${head}-x${turn}`
}

/** A client's marked uuid: its mark is the node, the last twelve digits. */
export function uuid(tag: Tag, place: number, turn: number): string {
  const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0')
  return `${hex(place * 4096 + turn, 8)}-f10e-4db0-8000-${tag.text}`
}

function cast(text: string, { type }: Column): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}::${type}` : `${quoted}::${type}`
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  return [...new Set(candidates)]
}
