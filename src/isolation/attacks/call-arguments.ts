import type { Routine } from '../catalog/catalog.ts'
import { nameOf } from '../catalog/catalog.ts'
import { quote } from '../engine/engine.queries.ts'
import { looseLargeObject } from '../seed/column-values.ts'
import type { Owner } from '../seed/seeded.ts'
import type { World } from '../world.ts'
import { documentsFor, type NamedRow, nearestFirst, recordOf, singular } from './call-documents.ts'
import { recordLiteral } from './columns.queries.ts'
import { spyQuery } from './spy.queries.ts'

/** One way to call a function: SQL texts in order, and whether they are B's. */
export type ArgumentList = { values: string[]; given: 'b' | 'neutral' }

type Input = Routine['arguments'][number]

const mostCalls = 40

/** What leads out of a quoted text that is pasted into a query. */
const breakouts = ["' or true --", "x' or 'a' = 'a"]

/** The argument lists worth trying: B's values by name and by type, what opens settings and queries, and A's own. */
export function argumentLists(routine: Routine, world: World): ArgumentList[] {
  const inputs = routine.arguments
  if (inputs.length === 0) return [{ values: [], given: 'neutral' }]
  const { source } = routine
  const [rowsOfA, rowsOfB] = [rowsOf(world, 'a', source), rowsOf(world, 'b', source)]
  const ofB = inputs.map((input) => candidates(input, world, world.b, rowsOfB, source))
  const ofA = inputs.map((input) => candidates(input, world, world.a, rowsOfA, source))
  const required = inputs.filter(({ optional }) => !optional).length
  const lists: ArgumentList[] = [
    ...settingPairs(inputs, world).map((values) => ({ values, given: 'b' as const })),
    ...aligned(inputs, rowsOfB, ofB).map((values) => ({ values, given: 'b' as const })),
    ...mixed(ofA, ofB).map((values) => ({ values, given: 'b' as const })),
    ...combinations(ofB).map((values) => ({ values, given: 'b' as const })),
    { values: ofA.slice(0, required).map((each) => each[0] ?? 'null'), given: 'neutral' },
    { values: ofB.slice(0, required).map((each) => each[0] ?? 'null'), given: 'b' },
    { values: ofA.map((each) => each[0] ?? 'null'), given: 'neutral' },
    { values: inputs.map(() => 'null'), given: 'neutral' },
  ]
  const seen = new Set<string>()
  return lists.filter(({ values }) => !seen.has(values.join('\u0000')) && seen.add(values.join('\u0000')))
}

/** Something of A's own together with something of B's: what asks for both is satisfied with less. */
function mixed(ofA: readonly (readonly string[])[], ofB: readonly (readonly string[])[]): string[][] {
  if (ofA.length < 2) return []
  return ofA.flatMap((_, place) =>
    [ofB, ofA].map((most) => {
      const one = most === ofB ? ofA : ofB
      return most.map((each, index) => (index === place ? one[index]?.[0] : each[0]) ?? 'null')
    }),
  )
}

/** By breadth: first the best of each argument, then one step away from it, and so on. */
function combinations(options: readonly (readonly string[])[]): string[][] {
  const total = options.reduce((product, each) => product * Math.max(each.length, 1), 1)
  const lists: { values: string[]; distance: number }[] = []
  for (let index = 0; index < Math.min(total, 4000); index++) {
    let rest = index
    let distance = 0
    const values = options.map((each) => {
      const size = Math.max(each.length, 1)
      const at = rest % size
      rest = Math.floor(rest / size)
      distance += at
      return each[at] ?? 'null'
    })
    lists.push({ values, distance })
  }
  return lists
    .sort((a, b) => a.distance - b.distance)
    .slice(0, mostCalls)
    .map(({ values }) => values)
}

/** Where several arguments are named like columns of one table: that table's row of B. */
function aligned(
  inputs: readonly Input[],
  rows: readonly NamedRow[],
  options: readonly (readonly string[])[],
): string[][] {
  return rows.flatMap(({ table, row }) => {
    let fitting = 0
    const values = inputs.map((input, place) => {
      const column = Object.keys(row).find((each) => isNamed(input, table, each))
      const value = column === undefined ? undefined : row[column]
      if (value == null) return options[place]?.[0] ?? 'null'
      fitting += 1
      return quote(value)
    })
    return fitting > 0 ? [values] : []
  })
}

/** Whether an argument means this column: by its name, by that of its table, or both. */
function isNamed({ name }: Input, table: string, column: string): boolean {
  const wanted = bare(name)
  return (
    column === wanted ||
    `${singular(table)}_${column}` === wanted ||
    (column === 'id' && singular(table) === wanted)
  )
}

/** set_config in disguise: a setting's name and B's value for it. */
function settingPairs(inputs: readonly Input[], world: World): string[][] {
  const texts = inputs.filter(({ category }) => category === 'S')
  if (texts.length < 2) return []
  const claims = JSON.stringify(world.claimsOfB)
  const pairs = [
    ['request.jwt.claims', claims],
    ...world.found.settings.map((setting) => [setting, world.b.tenant]),
    ['role', 'service_role'],
  ]
  return pairs.map(([setting = '', value = '']) => {
    const left = [setting, value]
    return inputs.map(({ category }) =>
      category === 'S' ? quote(left.shift() ?? '') : category === 'B' ? 'true' : 'null',
    )
  })
}

function rowsOf(world: World, whose: 'a' | 'b', source: string): NamedRow[] {
  const rows = world.targets.flatMap(({ relation, owner, rowA, rowB }) => {
    const row = whose === 'a' ? rowA : rowB
    return owner === null || row === undefined ? [] : [{ table: relation.name, oid: relation.oid, row }]
  })
  return nearestFirst(rows, source)
}

function candidates(
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
  const unique = (texts: readonly string[]) => [...new Set(texts)].map(quote)
  if (baseType === 'uuid') {
    const ids = rows.flatMap(({ row }) => (row.id == null || row.id.length !== 36 ? [] : [row.id]))
    const tenantish = /client|tenant|account|org|team|company|workspace/.test(wanted)
    const tenant = who.tenant.length === 36 ? [who.tenant] : []
    return unique(
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
    return unique([JSON.stringify(values), ...documentsFor(source, rows.slice(0, 6)), '{}'])
  }
  if (baseType === 'regclass') return unique(rows.length === 0 ? [] : ownedNames(world))
  if (baseType === 'oid') return unique([...largeObjectsOf(world, who, rows), '1'])
  if (baseType === 'refcursor') return [quote('flows_cursor')]
  if (category === 'C')
    return rowsLike(input, world, rows).map((row) => recordLiteral(input.type, recordOf(row)))
  if (category === 'N')
    return unique([
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
  const unique = (texts: readonly string[]) => [...new Set(texts)].map(quote)
  if (/table|relation|^rel$|^tbl|entity|resource/.test(wanted))
    return unique([
      ...ownedNames(world),
      ...world.targets.flatMap(({ owner, relation }) => (owner === null ? [] : [relation.name])),
    ])
  if (/sql|query|statement|stmt|command|filter|where|condition|predicate|^q$|order/.test(wanted))
    return unique([...spyQuery(world), 'true', 'true) --', ...breakouts, '%'])
  if (/column|field/.test(wanted)) return unique([world.tenancy.column, 'id'])
  const marked = rows.flatMap(({ row }) =>
    Object.values(row).filter(
      (value): value is string =>
        value?.includes(who.tag.text) === true && !/^[0-9a-f-]{36}$|[{\\]/.test(value),
    ),
  )
  return unique([
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

/** The columns that a function's text compares with an argument. */
function comparedWith(source: string, argument: string): Set<string> {
  if (argument === '') return new Set()
  const word = argument.replace(/\W/g, '\\$&')
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
