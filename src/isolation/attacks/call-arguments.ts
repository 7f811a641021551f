import type { Routine } from '../catalog/catalog.ts'
import { quote } from '../engine/engine.queries.ts'
import type { World } from '../world.ts'
import { argumentValues, type Input, isNamed } from './argument-values.ts'
import { type NamedRow, nearestFirst } from './call-documents.ts'

/** One way to call a function: SQL texts in order, and whether they are B's. */
export type ArgumentList = { values: string[]; given: 'b' | 'neutral' }

const mostCalls = 40

/** The argument lists worth trying: B's values by name and by type, what opens settings and queries, and A's own. */
export function argumentLists(routine: Routine, world: World): ArgumentList[] {
  const inputs = routine.arguments
  if (inputs.length === 0) return [{ values: [], given: 'neutral' }]
  const { source } = routine
  const [rowsOfA, rowsOfB] = [rowsOf(world, 'a', source), rowsOf(world, 'b', source)]
  const ofB = inputs.map((input) => argumentValues(input, world, world.b, rowsOfB, source))
  const ofA = inputs.map((input) => argumentValues(input, world, world.a, rowsOfA, source))
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
