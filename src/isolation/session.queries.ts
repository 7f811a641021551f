import type { Database } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import { name, tryStatement } from './engine/engine.queries.ts'
import type { World } from './world.ts'

/** Grants the prover, for this transaction, each attacking role that it may grant itself; the roles it cannot become. */
export async function borrowRoles(db: Database, world: World): Promise<Set<string>> {
  const unreachable = new Set<string>()
  for (const role of new Set(world.attackers.map((attacker) => attacker.role))) {
    if (await canBecome(db, role)) continue
    const granted = await tryGrant(db, role)
    if (!granted || !(await canBecome(db, role))) unreachable.add(role)
  }
  return unreachable
}

async function canBecome(db: Database, role: string): Promise<boolean> {
  const { can } = await db.one<{ can: boolean }>(sql`
    select pg_has_role(session_user, ${role}::name,
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) as can`)
  return can
}

async function tryGrant(db: Database, role: string): Promise<boolean> {
  try {
    await db.transaction((tx) => tx.run(sql`grant ${raw(name(role))} to session_user`))
    return true
  } catch {
    // Not ours to grant: the role stays out of reach, and its cells are reported as unproven.
    return false
  }
}

const largestSnapshot = 10_000

/** Brings small materialized views up to the seeded rows, so that what they copy can be seen in them. */
export async function refreshSnapshots(db: Database, world: World): Promise<void> {
  for (const { relation } of world.targets) {
    if (relation.kind !== 'm' || relation.rows > largestSnapshot) continue
    await tryStatement(db, `refresh materialized view ${name(relation.schema, relation.name)}`)
  }
}
