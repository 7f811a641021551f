import type { Database, Notice } from '../database/database.ts'
import type { Arena } from './engine/run-attacks.ts'
import { plantedDigest, plantedTable } from './planted.queries.ts'
import { callDigest, digestFunction, digestStatement } from './reproduce.queries.ts'
import type { World } from './world.ts'

/** Where the attacks of a world run: digests become functions of the session, made when they are first wanted. */
export function arenaOf(
  db: Database,
  world: World,
  notices: Notice[],
  unreachable: ReadonlySet<string>,
): Arena {
  const cache = new Map<string, string>()
  const wanting: string[] = []
  return {
    db,
    wanting,
    waits: new Map(),
    prover: world.catalog.prover,
    notices,
    becomes: new Set(world.attackers.map(({ role }) => role).filter((role) => !unreachable.has(role))),
    digest: (tables, whose) => {
      if (tables.includes(plantedTable)) return plantedDigest(world)
      const key = `${whose} ${tables.join(' ')}`
      const known = cache.get(key)
      if (known !== undefined) return known
      // Planned once as a function's, not with every attack.
      const made = `flows_digest_${cache.size}`
      wanting.push(digestFunction(made, digestStatement(world, tables, whose)))
      cache.set(key, callDigest(made))
      return callDigest(made)
    },
  }
}
