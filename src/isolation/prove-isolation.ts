import { ticks } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import type { Database, Notice } from '../database/database.ts'
import { findActors } from './actors.ts'
import type { Attack } from './attacks/attack.ts'
import { callAttacks } from './attacks/call.queries.ts'
import { readAttacks } from './attacks/read.queries.ts'
import { createSpy, spyAttacks } from './attacks/spy.queries.ts'
import { triggerAttacks } from './attacks/trigger.queries.ts'
import { viewAttacks } from './attacks/view.queries.ts'
import { writeAttacks } from './attacks/write.queries.ts'
import { buildWorld, type Setting } from './build-world.ts'
import { cellsOf, type Judged } from './cells.ts'
import { createLoop, selectDigest, settle } from './engine/engine.queries.ts'
import { type Arena, type Heard, runAttacks } from './engine/run-attacks.ts'
import { families as allFamilies, type Family, readOnlyFamilies } from './families.ts'
import { indexParity } from './index-parity.queries.ts'
import type { IsolationReport, Leak, Unproven } from './isolation-report.ts'
import { judge, signature, type Tried } from './judge.ts'
import { leaksOf } from './leaks.ts'
import { plantedAttacks, plantedDigest, plantedTable, plantHoles, seedPlanted } from './planted.queries.ts'
import { proofsOf } from './proofs.ts'
import type { ProveOptions } from './prove-options.ts'
import { callDigest, digestFunction, digestStatement } from './reproduce.queries.ts'
import { applyRules } from './rules/apply-rules.ts'
import { borrowRoles, liveThrough, refreshSnapshots } from './session.queries.ts'
import { waive } from './waivers.ts'
import type { Attacker, World } from './world.ts'

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

class TakenBack<Result> {
  readonly result: Result

  constructor(result: Result) {
    this.result = result
  }
}

async function takenBack<Result>(db: Database, work: (tx: Database) => Promise<Result>): Promise<Result> {
  try {
    return await db.transaction(async (tx): Promise<never> => {
      throw new TakenBack(await work(tx))
    })
  } catch (thrown) {
    if (thrown instanceof TakenBack) return thrown.result as Result
    throw thrown
  }
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
  const tried = await runBothWorlds(tx, arena, world, setting, attacks, options)
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
    () => (options.tables === undefined ? callAttacks(world) : []),
    () => spyAttacks(world),
    () => triggerAttacks(world),
  ]
  return make.flatMap((each) => each().filter(wanted))
}

function arenaOf(db: Database, world: World, notices: Notice[], unreachable: ReadonlySet<string>): Arena {
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

/** Attacks that are compared run once while B has no rows, then all run with both, then those that differ once more. */
async function runBothWorlds(
  tx: Database,
  arena: Arena,
  world: World,
  setting: Setting,
  attacks: readonly Attack[],
  options: ProveOptions,
): Promise<Tried[]> {
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

function checkControls(planted: readonly Judged[]): void {
  const missed = planted
    .filter(({ finding }) => finding.state !== 'leak')
    .map(({ tried }) => tried.attack.object)
  if (planted.length > 0 && missed.length === 0) return
  throw new FlowsError(
    'ISOLATION_CONTROL_FAILED',
    planted.length === 0
      ? 'No role of a client can be taken on, so nothing can be attacked'
      : `The prover did not see a hole that it had made itself: ${missed.join(', ')}`,
    { hint: 'Connect as the role that ran the migrations, which may become anon and authenticated.' },
  )
}

/** If nobody sees a row of its own anywhere, silence proves nothing: the client is not told as we tell it. */
function blindness(world: World, judged: readonly Judged[], families: readonly Family[]): Unproven[] {
  if (!families.includes('read')) return []
  const reads = judged.filter(
    ({ tried: { attack } }) =>
      attack.judge === 'rows' && attack.context.whose === 'own' && attack.family === 'read',
  )
  const granted = world.targets.some(
    ({ owner, storage, relation }) =>
      owner !== null &&
      !storage &&
      world.attackers.some(({ role }: Attacker) =>
        relation.grants.some((grant) => grant.role === role && grant.columns.SELECT.length > 0),
      ),
  )
  if (!granted || reads.some(({ finding }) => finding.state === 'own' || finding.state === 'leak')) return []
  return [
    {
      object: world.tenancy.column,
      actor: 'member',
      verb: 'select',
      reason:
        'No client sees a row of its own in any table: say how the client is told with --claim or --membership',
    },
  ]
}

function triggerDoubts(judged: readonly Judged[]): Unproven[] {
  return judged.flatMap(({ tried: { attack }, finding }) =>
    attack.family === 'trigger' &&
    finding.state === 'inconclusive' &&
    /^(57|55|40|53|XX)/.test(finding.reason.slice(-6, -1))
      ? [{ object: attack.object, actor: attack.attacker.name, verb: attack.verb, reason: finding.reason }]
      : [],
  )
}

function objectsOf(judged: readonly Judged[], chosen: (attack: Attack) => boolean): string[] {
  const own = judged.filter(
    ({ tried: { attack }, finding }) => finding.state === 'own' && chosen(attack) && !attack.hidden,
  )
  return [...new Set(own.map(({ tried: { attack } }) => attack.object))].sort()
}

function inScope(object: string, { tables }: ProveOptions): boolean {
  return tables === undefined || tables.some((table) => object === table || object.startsWith(`${table}.`))
}
