import { type Column, grantOf, isPlatform, nameOf, type Relation } from '../catalog/catalog.ts'
import { name, quote } from '../engine/engine.queries.ts'
import { userColumnsOf } from '../tenancy.ts'
import type { World } from '../world.ts'
import type { Attack } from './attack.ts'
import { readsAfter, rereadable } from './call.queries.ts'

const mostWords = 4

/** Updates by which people make themselves more than they are, in the rows that are about them; then reads everything. */
export function promotionAttacks(world: World): Attack[] {
  const tables = world.targets.filter(
    ({ relation, storage }) =>
      !storage && !isPlatform(relation) && userColumnsOf(world.catalog, relation).length > 0,
  )
  const after = rereadable(world)
  return world.attackers.flatMap((attacker) => {
    const [context] = attacker.contexts
    if (context === undefined) return []
    return tables.flatMap(({ relation }) =>
      assignments(world, relation, grantOf(relation, attacker.role).columns.UPDATE).map((list): Attack => {
        const statement = `update ${name(relation.schema, relation.name)} set ${list}`
        return {
          family: 'update',
          also: ['escalation'],
          object: nameOf(relation),
          attacker,
          context,
          verb: 'update',
          judge: 'change',
          kind: 'write',
          statement,
          shown: statement,
          rereads: readsAfter(world, after, attacker, context.whose),
          supplied: statement,
          title: `Whoever changes its own row of ${nameOf(relation)} reads rows of other clients`,
          fix: `revoke update on ${name(relation.schema, relation.name)} from anon, authenticated;\n-- and grant it again on the columns that people may choose`,
          hidden: true,
        }
      }),
    )
  })
}

/** All flags at once, and each word for somebody powerful in every column that could hold it. */
function assignments(world: World, relation: Relation, granted: readonly string[]): string[] {
  const columns = relation.columns.filter(
    ({ name: column, generated }) => granted.includes(column) && !generated,
  )
  const flags = columns
    .filter(({ category }) => category === 'B')
    .map((column) => `${name(column.name)} = true`)
  const titles = columns.filter(
    ({ name: column, category }) =>
      'SE'.includes(category) && /role|kind|type|level|access|scope|rank|group/i.test(column),
  )
  return [
    ...(flags.length > 0 ? [flags.join(', ')] : []),
    ...titles.flatMap((column) =>
      wordsFor(world, column).map((word) => `${name(column.name)} = ${quote(word)}::${column.type}`),
    ),
  ]
}

function wordsFor({ found }: World, { labels }: Column): string[] {
  const powerful = /admin|staff|super|owner|root|operator|support|system|internal/i
  const known = [
    ...(labels ?? found.literals).filter((word) => powerful.test(word)),
    ...(labels === null ? ['admin'] : []),
  ]
  return [...new Set(known)].slice(0, mostWords)
}
