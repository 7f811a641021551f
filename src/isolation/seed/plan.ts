import { type Catalog, isPlatform, nameOf, type Relation } from '../catalog/catalog.ts'
import { type Owned, type Tenancy, userColumnsOf } from '../tenancy.ts'

/** A table to put rows into: a client's own, or one that a client's own needs. */
export type Planned = { relation: Relation; owned: Owned | undefined; required: boolean }

/** Tables in an order in which each finds the rows that its NOT NULL foreign keys need. */
export function planSeeds(
  catalog: Catalog,
  tenancy: Tenancy,
  wanted: (relation: Relation) => boolean,
): Planned[] {
  const byOid = new Map(catalog.relations.map((relation) => [relation.oid, relation]))
  const ownedOf = new Map(tenancy.owned.map((owned) => [owned.relation.oid, owned]))
  const planned: Planned[] = []
  const open = new Set<number>()
  const visit = (relation: Relation, required: boolean) => {
    if (open.has(relation.oid)) return
    open.add(relation.oid)
    const keys = relation.constraints.filter(({ kind }) => kind === 'f')
    const strict = keys.filter(
      ({ columns, deferrable }) =>
        !deferrable &&
        columns.every((column) => relation.columns.find(({ name }) => name === column)?.notNull === true),
    )
    for (const { target } of [...strict, ...keys]) {
      const parent = target === null ? undefined : byOid.get(target)
      if (parent !== undefined && parent !== relation) visit(parent, true)
    }
    planned.push({ relation, owned: ownedOf.get(relation.oid), required })
  }
  const users = catalog.relations.find((relation) => nameOf(relation) === 'auth.users')
  const first = [...(tenancy.membership === undefined ? [] : [tenancy.membership.relation])]
  if (tenancy.registry !== undefined) visit(tenancy.registry.relation, true)
  for (const relation of first) visit(relation, true)
  for (const { relation } of tenancy.owned)
    if (!relation.isPartition || wanted(relation)) visit(relation, false)
  // What is about a person rather than a client: who may change it may make himself more than he is.
  for (const relation of catalog.relations)
    if (
      relation.kind === 'r' &&
      !isPlatform(relation) &&
      wanted(relation) &&
      userColumnsOf(catalog, relation).length > 0
    )
      visit(relation, false)
  return planned.filter(({ relation }) => relation !== users)
}
