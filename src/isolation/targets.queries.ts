import { type Catalog, isPlatform, nameOf, type Relation } from './catalog/catalog.ts'
import { name, quote } from './engine/engine.queries.ts'
import type { Owner, Seeded } from './seed/seeded.ts'
import type { Tenancy } from './tenancy.ts'
import type { Target } from './world.ts'

/** Everything that is attacked: client-owned tables, storage, and whatever else rows could come out of. */
export function targetsOf(
  catalog: Catalog,
  tenancy: Tenancy,
  a: Owner,
  b: Owner,
  seededA: Seeded,
  seededB: Seeded,
): Target[] {
  const owners = new Map(tenancy.owned.map((owned) => [owned.relation.oid, owned]))
  return catalog.relations
    .filter((relation) => !isPlatform(relation) || isStorage(relation))
    .map((relation): Target => {
      const owned = owners.get(relation.oid)
      const column =
        owned?.column ??
        (isStorage(relation) ? (relation.name === 'buckets' ? 'id' : 'bucket_id') : undefined)
      const rowA = seededA.rows.get(relation.oid)?.[0]
      const rowB = seededB.rows.get(relation.oid)?.[0]
      const common = {
        relation,
        registry: owned?.registry ?? false,
        storage: isStorage(relation),
        failure: seededB.failures.get(relation.oid) ?? seededA.failures.get(relation.oid),
      }
      if (column === undefined) return { ...common, owner: null, rowA: undefined, rowB: undefined }
      if (isStorage(relation) && rowB === undefined && common.failure === undefined)
        return { ...common, owner: null, rowA, rowB }
      const owner = {
        column,
        ofA: ofClient(relation, column, a, rowA?.[column]),
        ofB: ofClient(relation, column, b, rowB?.[column]),
      }
      return { ...common, owner, rowA, rowB }
    })
}

function isStorage(relation: Relation): boolean {
  return ['storage.objects', 'storage.buckets'].includes(nameOf(relation))
}

function ofClient(
  relation: Relation,
  column: string,
  owner: Owner,
  present: string | null | undefined,
): string {
  const type = relation.columns.find((each) => each.name === column)?.type ?? 'text'
  if (!isStorage(relation)) return `${name(column)} = ${quote(owner.tenant).trim()}::${type}`
  const bucket = `${name(column)} = ${quote(present?.includes(owner.tag.text) ? present : owner.bucket)}`
  return relation.name === 'objects' ? `(${bucket} or name like ${quote(`${owner.tenant}/%`)})` : bucket
}
