import type { Database } from '../../database/database.ts'
import { type Catalog, nameOf } from '../catalog/catalog.ts'
import { quote } from '../engine/engine.queries.ts'
import { tryStatement } from '../engine/trial.queries.ts'
import { textOf, uuid } from './column-values.ts'
import { returningRow } from './seed.queries.ts'
import { noteRow, type Owner, type Seeded } from './seeded.ts'

/** Names of buckets that policies on storage.objects speak of, and the prefixes by which they know clients' buckets. */
export function storageWords(catalog: Catalog): { buckets: string[]; prefix: string } {
  const objects = catalog.relations.find((relation) => nameOf(relation) === 'storage.objects')
  const texts = (objects?.policies ?? []).flatMap(({ using, check }) => [using ?? '', check ?? ''])
  const buckets = texts.flatMap((text) =>
    [...text.matchAll(/bucket_id\s*=\s*'([^']+)'/g)].map(([, bucket = '']) => bucket),
  )
  const prefixes = texts.flatMap((text) =>
    [...text.matchAll(/'([a-z][a-z0-9]*[-_.])%?'/g)].map(([, prefix = '']) => prefix),
  )
  return { buckets: [...new Set(buckets)], prefix: prefixes[0] ?? 'flows-' }
}

/** Puts files of a client into its own bucket, and into its folder of every bucket that policies name. */
export async function seedStorage(
  db: Database,
  catalog: Catalog,
  owner: Owner,
  seeded: Seeded,
): Promise<void> {
  const objects = catalog.relations.find((relation) => nameOf(relation) === 'storage.objects')
  const buckets = catalog.relations.find((relation) => nameOf(relation) === 'storage.buckets')
  if (objects === undefined || buckets === undefined || objects.policies.length === 0) return
  const { buckets: named } = storageWords(catalog)
  const insert = async (relation: typeof objects, text: string) => {
    const trial = await tryStatement(db, returningRow(relation, text))
    if (trial.row) noteRow(seeded, relation, trial.row, text)
    else if (trial.error !== undefined && !seeded.rows.has(relation.oid)) {
      seeded.failures.set(relation.oid, `${trial.error.message} (${trial.error.state})`)
    }
  }
  const own = seeded.rows.get(buckets.oid)?.[0]?.id ?? owner.bucket
  // Their ids are told, so that they are the same when the rows are put in again.
  const id = (turn: number) => quote(uuid(owner.tag, 2, turn))
  for (const [index, bucket] of [...new Set([own, ...named])].entries()) {
    await insert(
      buckets,
      `insert into storage.buckets (id, name) values (${quote(bucket)}, ${quote(bucket)}) on conflict do nothing`,
    )
    const mark = textOf({ tag: owner.tag, prefix: owner.prefix, place: 1, turn: 0 })
    const file = bucket === own ? `${mark}.txt` : `${owner.tenant}/${mark}.txt`
    await insert(
      objects,
      `insert into storage.objects (id, bucket_id, name, owner, owner_id) values (${id(2 * index)}, ${quote(bucket)}, ${quote(file)}, ${quote(owner.member)}, ${quote(owner.member)})`,
    )
    // As a server puts it there, with the key of the service.
    await insert(
      objects,
      `insert into storage.objects (id, bucket_id, name) values (${id(2 * index + 1)}, ${quote(bucket)}, ${quote(`${file}.unowned`)})`,
    )
  }
}
