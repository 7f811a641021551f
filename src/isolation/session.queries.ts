import type { Database } from '../database/database.ts'
import { raw, sql } from '../database/sql.ts'
import { insertable, literalOf, quietColumn } from './attacks/columns.queries.ts'
import type { Relation } from './catalog/catalog.ts'
import { name } from './engine/engine.queries.ts'
import { runStatement } from './engine/trial.queries.ts'
import { conditionOf, type Row } from './seed/seed.queries.ts'
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

/** Lets B's rows be updated and deleted once, as life would: what triggers keep of that is then there to be found. */
export async function liveThrough(db: Database, world: World): Promise<void> {
  for (const { relation, owner, rowB, registry, storage } of world.targets) {
    if (
      owner === null ||
      rowB === undefined ||
      storage ||
      relation.triggers.length + relation.rules.length === 0
    )
      continue
    const at = name(relation.schema, relation.name)
    const quiet = quietColumn(
      relation,
      relation.columns.map((column) => column.name),
    )
    if (quiet !== undefined) {
      await runStatement(
        db,
        `update ${at} set ${name(quiet.name)} = ${literalOf(relation, quiet.name, rowB[quiet.name])} where ${owner.ofB}`,
      )
    }
    if (registry) continue
    await runStatement(db, insertable(relation, world.fresh(relation, 'b', 41)))
    await runStatement(
      db,
      `delete from ${at} x where ${owner.ofB} and not (${conditionOf(keyOf(relation, rowB))})`,
    )
  }
}

function keyOf(relation: Relation, row: Row): Map<string, string> {
  const key =
    relation.constraints.find(({ kind }) => kind === 'p')?.columns ??
    relation.columns.map((column) => column.name)
  return new Map(key.map((column) => [column, literalOf(relation, column, row[column])]))
}

const largestSnapshot = 10_000

/** Brings small materialized views up to the seeded rows, so that what they copy can be seen in them. */
export async function refreshSnapshots(db: Database, world: World): Promise<void> {
  for (const { relation } of world.targets) {
    if (relation.kind !== 'm' || relation.rows > largestSnapshot) continue
    await runStatement(db, `refresh materialized view ${name(relation.schema, relation.name)}`)
  }
}
