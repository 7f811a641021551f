import { type Catalog, type Constraint, nameOf, type Relation } from '../catalog/catalog.ts'
import { quote } from '../engine/engine.queries.ts'
import { type Tenancy, userColumnsOf } from '../tenancy.ts'
import { toTheLetter } from '../to-the-letter.ts'
import { candidatesOf } from './column-values.ts'
import type { Planned } from './plan.ts'
import type { Owner, Seeded } from './seeded.ts'

/** The columns of which only one value is right: whose row it is, and what its keys lead to. */
export function settledValues(
  catalog: Catalog,
  tenancy: Tenancy,
  { relation, owned }: Planned,
  owner: Owner,
  person: string,
  turn: number,
  seeded: Seeded,
): Map<string, string> {
  const fixed = new Map<string, string>()
  const put = (column: string, value: string | null | undefined) => {
    const type = relation.columns.find(({ name }) => name === column)?.type
    if (type === undefined) return
    fixed.set(column, value === null || value === undefined ? 'null' : `${quote(value)}::${type}`)
  }
  for (const key of relation.constraints.filter(({ kind }) => kind === 'f')) {
    for (const [column, value] of keyValues(catalog, key, relation, person, turn, seeded)) {
      if (!fixed.has(column) || fixed.get(column) === 'null') put(column, value)
    }
    for (const [column, value] of foretold(catalog, key, owner, seeded)) fixed.set(column, value)
  }
  for (const column of userColumnsOf(catalog, relation)) put(column, person)
  if (relation.schema === 'storage' && relation.name === 'buckets') {
    put('id', owner.bucket)
    put('name', owner.bucket)
  }
  if (owned !== undefined) put(owned.column, owner.tenant)
  if (tenancy.membership?.relation === relation && turn === 1) putAdminRole(catalog, relation, put)
  for (const [column, value] of boundValues(relation)) put(column, value)
  return fixed
}

function keyValues(
  catalog: Catalog,
  key: Constraint,
  relation: Relation,
  person: string,
  turn: number,
  seeded: Seeded,
): [string, string | null][] {
  const target = catalog.relations.find(({ oid }) => oid === key.target)
  if (target === undefined) return []
  if (nameOf(target) === 'auth.users') return key.columns.map((column) => [column, person])
  const rows = target === relation ? [] : (seeded.rows.get(target.oid) ?? [])
  const parent = rows[turn] ?? rows[0]
  const mayBeNull = (column: string) =>
    relation.columns.find(({ name }) => name === column)?.notNull === false
  return key.columns.flatMap((column, index): [string, string | null][] => {
    const value = parent?.[key.targetColumns[index] ?? '']
    if (value !== undefined && value !== null) return [[column, value]]
    return mayBeNull(column) ? [[column, null]] : []
  })
}

/** Of a key that is checked later, the values that its target will have when it is seeded in its turn. */
function foretold(
  catalog: Catalog,
  key: Constraint,
  { tag, prefix }: Owner,
  seeded: Seeded,
): [string, string][] {
  const target = catalog.relations.find(({ oid }) => oid === key.target)
  const place = target === undefined ? undefined : seeded.places.get(target.oid)
  if (!key.deferrable || target === undefined || place === undefined || seeded.rows.has(target.oid)) return []
  const keys = target.constraints.filter(({ kind, columns }) => kind === 'f' && columns.length > 0)
  return key.columns.flatMap((column, index): [string, string][] => {
    const there = target.columns.find(({ name }) => name === key.targetColumns[index])
    if (there === undefined || keys.some(({ columns }) => columns.includes(there.name))) return []
    const of = { tag, prefix, place: place * 40 + there.number, turn: 0 }
    const [value] = candidatesOf(there, [], of)
    return value === undefined ? [] : [[column, value]]
  })
}

function putAdminRole(
  { routines, relations }: Catalog,
  relation: Relation,
  put: (column: string, value: string) => void,
): void {
  for (const column of relation.columns.filter(({ name }) => /role/i.test(name))) {
    const checks = relation.constraints.filter(
      ({ kind, columns }) => kind === 'c' && columns.includes(column.name),
    )
    const compared = new RegExp(`\\b${toTheLetter(column.name)}\\)?\\s*=\\s*'(\\w+)'`, 'g')
    const texts = [
      ...routines.map(({ source }) => source),
      ...relations.flatMap(({ policies }) => policies.map(({ using }) => using ?? '')),
    ]
    const known = [
      ...(column.labels ?? []),
      ...(column.labels === null && checks.length === 0
        ? texts.flatMap((text) => [...text.matchAll(compared)].map(([, label = '']) => label))
        : []),
      ...checks.flatMap(({ definition }) =>
        [...definition.matchAll(/'(\w+)'/g)].map(([, label = '']) => label),
      ),
    ]
    const best =
      known.find((label) => /^(owner|admin)/i.test(label)) ??
      (known.length === 0 && column.category === 'S' ? 'admin' : undefined)
    if (best !== undefined) put(column.name, best)
  }
}

/** The values that make a row fall into a partition: the lower end of a range, or the first of a list. */
function boundValues({ bound, partitionColumns }: Relation): [string, string][] {
  const [, inner = ''] = /(?:FROM|IN) \(([^)]*)\)/.exec(bound ?? '') ?? []
  const literals = inner.split(/,\s*/).map((text) => text.trim().replace(/^'(.*)'$/, '$1'))
  return partitionColumns.flatMap((column, index): [string, string][] => {
    const value = literals[index]
    return value === undefined || value === '' || /^(MINVALUE|MAXVALUE|NULL)$/.test(value)
      ? []
      : [[column, value]]
  })
}
