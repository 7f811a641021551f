import { nameOf, type Routine } from '../catalog/catalog.ts'
import { quote } from '../engine/engine.queries.ts'
import { looseLargeObject } from '../seed/column-values.ts'
import type { Owner } from '../seed/seeded.ts'
import { toTheLetter } from '../to-the-letter.ts'
import type { World } from '../world.ts'
import { documentsFor, type NamedRow, recordOf, singular } from './call-documents.ts'
import { recordLiteral } from './columns.queries.ts'
import { spyQuery } from './spy.queries.ts'

/** What goes into a function. */
export type Input = Routine['arguments'][number]

/** What leads out of a quoted text that is pasted into a query. */
const breakouts = ["' or true --", "x' or 'a' = 'a"]

/** Whether an argument means this column: by its name, by that of its table, or both. */
export function isNamed({ name }: Input, table: string, column: string): boolean {
  const wanted = bare(name)
  return (
    column === wanted ||
    `${singular(table)}_${column}` === wanted ||
    (column === 'id' && singular(table) === wanted)
  )
}

/** The values of one client that are worth trying for an argument, by its name and type: SQL texts, the best first. */
export function argumentValues(
  input: Input,
  world: World,
  who: Owner,
  rows: readonly NamedRow[],
  source: string,
): string[] {
  const { baseType, category } = input
  const wanted = bare(input.name)
  const compared = comparedWith(source, input.name)
  const named = rows.flatMap(({ table, row }) =>
    Object.entries(row)
      .filter(([column, value]) => value !== null && (isNamed(input, table, column) || compared.has(column)))
      .map(([, value]) => value ?? ''),
  )
  if (baseType === 'uuid') {
    const ids = rows.flatMap(({ row }) => (row.id == null || row.id.length !== 36 ? [] : [row.id]))
    const tenantish = /client|tenant|account|org|team|company|workspace/.test(wanted)
    const tenant = who.tenant.length === 36 ? [who.tenant] : []
    return literals(
      [
        ...named.filter((id) => id.length === 36),
        ...(tenantish ? tenant : []),
        ...ids,
        ...tenant,
        who.member,
      ].slice(0, 14),
    )
  }
  if (category === 'S') return textCandidates(wanted, named, world, who, rows)
  if (baseType === 'json' || baseType === 'jsonb') {
    const values = {
      ...world.claimsOfB,
      [world.tenancy.column]: who.tenant,
      id: who.tenant,
      user_id: who.member,
    }
    return literals([JSON.stringify(values), ...documentsFor(source, rows.slice(0, 6)), '{}'])
  }
  if (baseType === 'regclass') return literals(rows.length === 0 ? [] : ownedNames(world))
  if (baseType === 'oid') return literals([...largeObjectsOf(world, who, rows), '1'])
  if (baseType === 'refcursor') return [quote('flows_cursor')]
  if (category === 'C')
    return rowsLike(input, world, rows).map((row) => recordLiteral(input.type, recordOf(row)))
  if (category === 'N')
    return literals([
      ...named.filter((text) => /^-?\d/.test(text)),
      ...(/^\d+$/.test(who.tenant) ? [who.tenant] : []),
      ...rows.flatMap(({ row }) => (/^\d+$/.test(row.id ?? '') ? [row.id ?? ''] : [])).slice(0, 8),
      '1',
      '1000',
      '0',
    ])
  if (category === 'B') return ['true', 'false']
  if (category === 'E') return [0, 1, 2].map((place) => `(enum_range(null::${input.type}))[${place + 1}]`)
  if (category === 'D') return ["'-infinity'", "'infinity'", 'now()']
  if (category === 'A') {
    const ids = [who.tenant, ...rows.flatMap(({ row }) => row.id ?? [])].filter((id) => id.length === 36)
    const words = [...named, who.tenant].map((word) => `"${word}"`)
    return [quote(`{${(baseType === 'uuid[]' ? ids : words).join(',')}}`), "'{}'"]
  }
  return ['null']
}

function textCandidates(
  wanted: string,
  named: readonly string[],
  world: World,
  who: Owner,
  rows: readonly NamedRow[],
): string[] {
  if (/table|relation|^rel$|^tbl|entity|resource/.test(wanted))
    return literals([
      ...ownedNames(world),
      ...world.targets.flatMap(({ owner, relation }) => (owner === null ? [] : [relation.name])),
    ])
  if (/sql|query|statement|stmt|command|filter|where|condition|predicate|^q$|order/.test(wanted))
    return literals([...spyQuery(world), 'true', 'true) --', ...breakouts, '%'])
  if (/column|field/.test(wanted)) return literals([world.tenancy.column, 'id'])
  const marked = rows.flatMap(({ row }) =>
    Object.values(row).filter(
      (value): value is string =>
        value?.includes(who.tag.text) === true && !/^[0-9a-f-]{36}$|[{\\]/.test(value),
    ),
  )
  return literals([
    ...named,
    who.tenant,
    ...marked.slice(0, 10),
    '%',
    '%%%%',
    '',
    ...spyQuery(world).slice(0, 1),
    ...breakouts,
    ...ownedNames(world).slice(0, 4),
  ])
}

function literals(texts: readonly string[]): string[] {
  return [...new Set(texts)].map(quote)
}

/** The columns that a function's text compares with an argument. */
function comparedWith(source: string, argument: string): Set<string> {
  if (argument === '') return new Set()
  const word = toTheLetter(argument)
  const comparison = new RegExp(`(\\w+)"?\\)?\\s*(?:=|<>|[<>]=?|i?like)\\s*\\(*"?${word}\\b`, 'gi')
  return new Set([...source.matchAll(comparison)].map(([, column = '']) => column))
}

/** Of a table's own row type, that table's row; of any other, whatever rows have in common with it. */
function rowsLike({ type }: Input, world: World, rows: readonly NamedRow[]): readonly NamedRow[] {
  const table = world.catalog.relations.find((relation) => [nameOf(relation), relation.name].includes(type))
  const own = rows.filter(({ oid }) => oid === table?.oid)
  return own.length > 0 ? own : rows.slice(0, 6)
}

function largeObjectsOf(world: World, who: Owner, rows: readonly NamedRow[]): string[] {
  const held = rows.flatMap(({ oid, row }) =>
    (world.catalog.relations.find((relation) => relation.oid === oid)?.columns ?? [])
      .filter(({ baseType }) => baseType === 'oid' || baseType === 'lo')
      .flatMap(({ name }) => row[name] ?? []),
  )
  return [...held, looseLargeObject(who.tag)]
}

function ownedNames(world: World): string[] {
  return world.targets.filter(({ owner }) => owner !== null).map(({ relation }) => nameOf(relation))
}

function bare(argument: string): string {
  return argument
    .toLowerCase()
    .replace(/^_+|^(p|in|arg|v|the|of|to|from|into|asked|target|given|new|their|for)_/, '')
    .replace(/_+$|_(in|param|arg)$/, '')
}
