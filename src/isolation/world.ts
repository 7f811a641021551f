import type { Actor } from './actors.ts'
import type { Catalog, Relation } from './catalog/catalog.ts'
import type { Harvest } from './catalog/harvest.ts'
import type { Context } from './contexts.ts'
import type { Row } from './seed/seed.queries.ts'
import type { Owner, Seeded } from './seed/seeded.ts'
import type { Tenancy } from './tenancy.ts'

/** A relation as attacks see it. */
export type Target = {
  relation: Relation
  /** Conditions for rows of either client; null where rows belong to nobody (views, shared tables). */
  owner: { column: string; ofA: string; ofB: string } | null
  registry: boolean
  storage: boolean
  rowA: Row | undefined
  rowB: Row | undefined
  /** Why it has no row of B, if it should have one. */
  failure: string | undefined
}

/** An actor that attacks, with everything it may carry. */
export type Attacker = Actor & { contexts: readonly Context[] }

/** Everything that attacks are made from. */
export type World = {
  catalog: Catalog
  tenancy: Tenancy
  found: Harvest
  attackers: readonly Attacker[]
  a: Owner
  b: Owner
  seededA: Seeded
  seededB: Seeded
  targets: readonly Target[]
  patterns: { a: string; b: string; both: string }
  /** Claims of B's member as an access token would have them. */
  claimsOfB: Readonly<Record<string, unknown>>
  /** Values for a further row of a table, of either client. */
  fresh(relation: Relation, whose: 'a' | 'b', turn: number, person?: string): Map<string, string>
}

/** The roles that clients come as, each once. */
export function clientRoles({ attackers }: Pick<World, 'attackers'>): string[] {
  return [...new Set(attackers.map(({ role }) => role))]
}

/** The roles of clients that have a right on a column of a relation, whichever right and column. */
export function readersOf(world: Pick<World, 'attackers'>, { grants }: Relation): string[] {
  return grants
    .filter(
      ({ role, columns }) =>
        clientRoles(world).includes(role) && Object.values(columns).some((list) => list.length > 0),
    )
    .map(({ role }) => role)
}
