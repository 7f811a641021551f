import { ticks } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database, Notice } from '../database/database.ts'
import { takenBack } from '../database/one-transaction.ts'
import { findActors } from './actors.ts'
import { arenaOf } from './arena.ts'
import type { Attack } from './attacks/attack.ts'
import { callAttacks } from './attacks/call.queries.ts'
import { promotionAttacks } from './attacks/promote.queries.ts'
import { readAttacks } from './attacks/read.queries.ts'
import { createSpy, spyAttacks } from './attacks/spy.queries.ts'
import { triggerAttacks } from './attacks/trigger.queries.ts'
import { viewAttacks } from './attacks/view.queries.ts'
import { writeAttacks } from './attacks/write.ts'
import { buildWorld } from './build-world.ts'
import { cellsOf, type Judged } from './cells.ts'
import { blindness, checkControls, objectsOf, triggerDoubts } from './controls.ts'
import { createLoop } from './engine/attack-loop.queries.ts'
import { settle } from './engine/engine.queries.ts'
import { createTrials } from './engine/trial.queries.ts'
import { families as allFamilies, type Family, readOnlyFamilies } from './families.ts'
import { indexParity } from './index-parity.queries.ts'
import type { IsolationReport, Leak } from './isolation-report.ts'
import { judge } from './judge.ts'
import { leaksOf } from './leaks.ts'
import { plantHoles } from './planted.queries.ts'
import { proofsOf } from './proofs.ts'
import type { ProveOptions } from './prove-options.ts'
import { applyRules } from './rules/apply-rules.ts'
import { runBothWorlds } from './run-both-worlds.ts'
import { borrowRoles } from './session.queries.ts'
import { waive } from './waivers.ts'
import type { World } from './world.ts'

/**
 * Attacks every table, view, function and bucket as every role that clients come as, in one transaction that is always
 * rolled back, and says what came out or changed. `db` must pass row-level security and be able to become the API's
 * roles; throws ISOLATION_ROLE_UNFIT, ISOLATION_NO_TABLES, or ISOLATION_CONTROL_FAILED if it misses a hole of its own.
 */
export async function proveIsolation(db: Database, options: ProveOptions = {}): Promise<IsolationReport> {
  const begun = ticks()
  const families = chosenFamilies(options)
  const notices: Notice[] = []
  const report = await db.notices(
    (notice) => notices.push(notice),
    (session) => takenBack(session, (tx) => prove(tx, options, families, notices)),
  )
  return { ...report, seconds: Math.round(ticks() - begun) / 1_000 }
}

function chosenFamilies({ families, readOnlyFamilies: readOnly }: ProveOptions): readonly Family[] {
  const unknown = families?.find((family) => !(allFamilies as readonly string[]).includes(family))
  if (unknown !== undefined) {
    throw new FlowsError('ISOLATION_FAMILY_UNKNOWN', `There is no family of attacks called "${unknown}"`, {
      hint: `Choose from: ${allFamilies.join(', ')}.`,
    })
  }
  const allowed = readOnly ? readOnlyFamilies : allFamilies
  return families === undefined ? allowed : allowed.filter((family) => families.includes(family))
}

async function prove(
  tx: Database,
  options: ProveOptions,
  families: readonly Family[],
  notices: Notice[],
): Promise<Omit<IsolationReport, 'seconds'>> {
  await settle(tx, 60)
  const staff = options.staff ?? ['flows_staff']
  const setting = await buildWorld(tx, options, staff, {
    prepare: async (pattern, roles) => {
      await createLoop(tx)
      await createTrials(tx)
      await createSpy(tx, pattern)
      await plantHoles(tx, roles)
    },
    within: (work) => takenBack(tx, work),
  })
  const { world } = setting
  options.progress?.(`Two clients have rows in ${world.tenancy.owned.length} tables`)
  const unreachable = await borrowRoles(tx, world)
  const arena = arenaOf(tx, world, notices, unreachable)
  const attacks = attacksOf(world, families, unreachable, options)
  const tried = await runBothWorlds(tx, arena, setting, attacks, options)
  const judged = tried.map((each): Judged => ({ tried: each, finding: judge(each, world) }))
  const planted = judged.filter(({ tried: { attack } }) => setting.planted.has(attack))
  checkControls(planted)
  const real = judged.filter(({ tried: { attack } }) => !setting.planted.has(attack))
  const found = leaksOf(world, real)
  const statics = applyRules(world)
  const wanted = (leak: Leak) =>
    [leak.family, ...leak.also].some((family) => families.includes(family)) && inScope(leak.object, options)
  const { leaks, notes: waivers } = waive([...found, ...statics.leaks].filter(wanted), options.waivers ?? [])
  const { cells, unproven } = cellsOf(world, real, found, families, unreachable)
  const doubts = [...unproven, ...blindness(world, real, families), ...triggerDoubts(real)]
  return {
    verdict: leaks.length > 0 ? 'leak' : doubts.length > 0 ? 'unproven' : 'isolated',
    cells,
    leaks,
    unproven: doubts,
    attacks: tried.length,
    families,
    actors: findActors(world.catalog, staff).map(({ name, role, trusted }) => ({ name, role, trusted })),
    controls: {
      planted: planted.map(({ tried: { attack } }) => attack.object),
      readable: objectsOf(real, (attack) => attack.kind === 'read' && attack.verb === 'select'),
      writable: objectsOf(real, (attack) => attack.kind === 'write'),
    },
    notes: statics.notes,
    proofs: proofsOf(world),
    indexParity: indexParity(world),
    waivers,
  }
}

function attacksOf(
  world: World,
  families: readonly Family[],
  unreachable: ReadonlySet<string>,
  options: ProveOptions,
): Attack[] {
  const wanted = ({ family, also = [], attacker }: Attack) =>
    [family, ...also].some((each) => families.includes(each)) && !unreachable.has(attacker.role)
  const make: readonly (() => Attack[])[] = [
    () => readAttacks(world),
    () => writeAttacks(world),
    () => viewAttacks(world),
    () => promotionAttacks(world),
    () => (options.tables === undefined ? callAttacks(world) : []),
    () => spyAttacks(world),
    () => triggerAttacks(world),
  ]
  return make.flatMap((each) => each().filter(wanted))
}

function inScope(object: string, { tables }: ProveOptions): boolean {
  return tables === undefined || tables.some((table) => object === table || object.startsWith(`${table}.`))
}
