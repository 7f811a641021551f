import type { Database } from '../database/database.ts'
import type { Attack } from './attacks/attack.ts'
import type { Setting } from './build-world.ts'
import { selectDigest } from './engine/engine.queries.ts'
import { type Arena, type Heard, runAttacks } from './engine/run-attacks.ts'
import { signature, type Tried } from './judge.ts'
import { plantedAttacks, seedPlanted } from './planted.queries.ts'
import type { ProveOptions } from './prove-options.ts'
import { liveThrough, refreshSnapshots } from './session.queries.ts'

/** Attacks that are compared run once while B has no rows, then all run with both, then those that differ once more. */
export async function runBothWorlds(
  tx: Database,
  arena: Arena,
  setting: Setting,
  attacks: readonly Attack[],
  options: ProveOptions,
): Promise<Tried[]> {
  const { world } = setting
  const attacker = world.attackers.find(({ role }) => arena.becomes.has(role))
  const planted = attacker === undefined ? [] : plantedAttacks(world, attacker)
  for (const attack of planted) setting.planted.add(attack)
  const all = [...planted, ...attacks]
  const compared = all.filter(({ compare }) => compare)
  options.progress?.(`${all.length} attacks`)
  const alone = compared.map(({ touches: _, rereads: __, ...attack }) => attack)
  const before = new Map(zip(compared, await runAttacks(arena, alone)))
  await setting.replayB()
  await seedPlanted(tx, world.b)
  if (!options.readOnlyFamilies) await liveThrough(tx, world)
  if (!options.readOnlyFamilies) await refreshSnapshots(tx, world)
  const baseline = new Map<string, Record<string, string>>()
  const baselineOf = async (statement: string) => {
    const known = baseline.get(statement) ?? (await selectDigest(tx, statement))
    baseline.set(statement, known)
    return known
  }
  const after = await runAttacks(arena, all)
  const tried: Tried[] = []
  for (const [attack, { outcome, notices }] of zip(all, after)) {
    const { touches, context } = attack
    const digest =
      outcome.digest === null || touches === undefined
        ? null
        : (outcome.earlier ?? (await baselineOf(arena.digest(touches, context.whose))))
    const changed =
      digest === null ? [] : Object.keys(digest).filter((table) => digest[table] !== outcome.digest?.[table])
    tried.push({ attack, outcome, notices, before: before.get(attack)?.outcome, changed })
  }
  const differing = tried.filter(
    ({ before: earlier, outcome }) => earlier !== undefined && signature(earlier) !== signature(outcome),
  )
  const again = await runAttacks(
    arena,
    differing.map(({ attack }) => attack),
  )
  for (const [each, { outcome }] of zip(differing, again)) each.again = outcome
  return tried
}

function zip(attacks: readonly Attack[], heard: readonly Heard[]): [Attack, Heard][]
function zip(tried: readonly Tried[], heard: readonly Heard[]): [Tried, Heard][]
function zip<Left>(left: readonly Left[], heard: readonly Heard[]): [Left, Heard][] {
  return left.flatMap((each, index): [Left, Heard][] => {
    const right = heard[index]
    return right === undefined ? [] : [[each, right]]
  })
}
