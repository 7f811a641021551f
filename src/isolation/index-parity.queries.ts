import { grantOf, type Index, isPlatform, nameOf, type Relation } from './catalog/catalog.ts'
import { name } from './engine/engine.queries.ts'
import type { IndexParity } from './isolation-report.ts'
import type { World } from './world.ts'

/**
 * Whether each index of a client-owned table still serves its queries under row-level security: a condition may go
 * below the security barrier, and so into the index, only if its operators are leakproof and its key is a plain column.
 */
export function indexParity(world: World): IndexParity[] {
  const roles = [...new Set(world.attackers.map(({ role }) => role))]
  return world.targets
    .filter(({ owner, relation }) => owner !== null && !isPlatform(relation) && !relation.isPartition)
    .flatMap(({ relation }) => {
      const readable = roles.some((role) => grantOf(relation, role).columns.SELECT.length > 0)
      return relation.indexes.map((index) => parity(relation, index, readable))
    })
}

function parity(relation: Relation, index: Index, readable: boolean): IndexParity {
  const common = { relation: nameOf(relation), index: index.name }
  if (!readable || !relation.rowSecurity)
    return { ...common, usable: true, why: 'no client reads this table under policies', fix: null }
  const lost = index.keys.find(({ leakproof }) => !leakproof)
  if (lost === undefined)
    return { ...common, usable: true, why: 'every key is a plain column with leakproof operators', fix: null }
  const what =
    lost.column === null
      ? `the expression ${lost.expression}`
      : `${lost.column} (${lost.operators || 'its operators'})`
  return {
    ...common,
    usable: false,
    why: `${what} is not leakproof: under row-level security the rows are filtered one by one instead`,
    fix: parityFix(relation, index, lost),
  }
}

function parityFix(relation: Relation, index: Index, lost: Index['keys'][number]): string {
  const at = name(relation.schema, relation.name)
  const others = index.keys.flatMap(({ column }) =>
    column === null || column === lost.column ? [] : [column],
  )
  const plain = lost.column === null ? `${index.name}_key` : `${lost.column}_text`
  const source = lost.column === null ? lost.expression : `${name(lost.column)}::text`
  return [
    `alter table ${at} add column ${name(plain)} text generated always as ((${source})::text) stored;`,
    `create index on ${at} (${[...others, plain].map((each) => name(each)).join(', ')});`,
  ].join('\n')
}
