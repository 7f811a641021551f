import type { Column, Constraint, Relation } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import type { Target, World } from '../world.ts'
import { literalOf } from './columns.queries.ts'
import { floorFix } from './fixes.queries.ts'
import { mentions } from './mentions.ts'

/** Foreign keys to other clients' rows: those that do not carry the tenant column, with B's values. */
export function foreignReferences(
  world: World,
  { relation, owner, rowB, registry }: Target,
): { key: Constraint; values: Record<string, string> }[] {
  if (owner === null || registry) return []
  return relation.constraints.flatMap((key) => {
    if (key.kind !== 'f' || key.columns.includes(owner.column)) return []
    const parent = world.targets.find((target) => target.relation.oid === key.target)
    if (parent?.owner == null || parent.registry || parent.storage) return []
    const row = parent.relation === relation ? rowB : parent.rowB
    const values = key.columns.map(
      (column, index) => [column, row?.[key.targetColumns[index] ?? '']] as const,
    )
    if (values.some(([, value]) => value == null)) return []
    return [
      {
        key,
        values: Object.fromEntries(
          values.map(([column, value]) => [column, literalOf(relation, column, value)]),
        ),
      },
    ]
  })
}

/** Uniques across clients whose values can be guessed: without the tenant column, no key and no random default. */
export function foreignUniques({
  relation,
  owner,
  registry,
  storage,
}: Target): { constraint: string; columns: string[] }[] {
  if (owner === null || registry || storage) return []
  const exclusions = relation.constraints.flatMap(({ kind, name: constraint, columns }) =>
    kind !== 'x' || columns.includes(owner.column) || columns.length === 0
      ? []
      : [{ constraint, columns: [...columns] }],
  )
  const uniques = relation.indexes.flatMap(({ name: constraint, unique, primary, keys }) => {
    const columns = [...new Set(keys.flatMap((key) => columnsOf(relation, key)))]
    if (!unique || primary || columns.includes(owner.column)) return []
    return columns.some((column) => isUnguessable(relation.columns.find((each) => each.name === column)))
      ? []
      : [{ constraint, columns }]
  })
  return [...uniques, ...exclusions]
}

/** The columns that a key of an index looks at: its own, or those its expression names. */
function columnsOf(
  relation: Relation,
  { column, expression }: Relation['indexes'][number]['keys'][number],
): string[] {
  if (column !== null) return [column]
  return relation.columns.map((each) => each.name).filter((each) => mentions(expression, each))
}

function isUnguessable(column: Column | undefined): boolean {
  return (
    column === undefined ||
    column.baseType === 'uuid' ||
    column.identity !== '' ||
    /random|uuid|nextval|gen_/i.test(column.default ?? '')
  )
}

/** How to make a foreign key carry the tenant column. */
export function keyFix(world: World, relation: Relation, key: Constraint): string {
  const parent = world.catalog.relations.find(({ oid }) => oid === key.target)
  const at = name(relation.schema, relation.name)
  const column = world.tenancy.column
  if (parent === undefined) return floorFix(world, relation, column)
  const list = (columns: readonly string[]) => [column, ...columns].map((each) => name(each)).join(', ')
  return [
    `alter table ${name(parent.schema, parent.name)} add unique (${list(key.targetColumns)});`,
    `alter table ${at} drop constraint ${name(key.name)},`,
    `  add foreign key (${list(key.columns)}) references ${name(parent.schema, parent.name)} (${list(key.targetColumns)});`,
  ].join('\n')
}

/** How to make a unique constraint start with the tenant column. */
export function uniqueFix(
  relation: Relation,
  constraint: string,
  columns: readonly string[],
  owner: string,
): string {
  const isConstraint = relation.constraints.some(({ name: each }) => each === constraint)
  const at = name(relation.schema, relation.name)
  const drop = isConstraint
    ? `alter table ${at} drop constraint ${name(constraint)};`
    : `drop index ${name(relation.schema, constraint)};`
  return `${drop}\ncreate unique index on ${at} (${[owner, ...columns].map((each) => name(each)).join(', ')});`
}
