import type { Database, Notice } from '../../database/database.ts'
import { sqlState } from '../../database/failures.ts'
import type { Attack } from '../attacks/attack.ts'
import { type RawAttack, type RawOutcome, runLoop } from './attack-loop.queries.ts'
import { settle } from './engine.queries.ts'

/** What attacks need of the session they run in. */
export type Arena = {
  db: Database
  prover: string
  /** Fills with the notices of the session, in order. */
  notices: Notice[]
  /** The statement that digests B's rows of these tables, or of both clients. */
  digest(tables: readonly number[], whose: 'own' | 'none'): string
  /** Functions that digests call and that the session does not have yet; emptied once they are made. */
  wanting: string[]
  /** How often an attack on an object ran out of time. */
  waits: Map<string, number>
  /** Roles that the session can become. */
  becomes: ReadonlySet<string>
}

/** An outcome with the notices that came with it. */
export type Heard = { outcome: RawOutcome; notices: readonly Notice[] }

const batchSize = 400
const batchSeconds = 10
const singleSeconds = 2
/** So often an object may keep an attack waiting before the others on it are given up. */
const mostWaits = 2

/** Runs attacks in batches on the server; one that runs out of time is told apart by running its batch one by one. */
export async function runAttacks(arena: Arena, attacks: readonly Attack[]): Promise<Heard[]> {
  for (const { touches, context } of attacks) if (touches !== undefined) arena.digest(touches, context.whose)
  await arena.db.script(arena.wanting.splice(0).join(';\n'))
  const heard: Heard[] = []
  for (let start = 0; start < attacks.length; start += batchSize) {
    heard.push(...(await runBatch(arena, attacks.slice(start, start + batchSize))))
  }
  return heard
}

async function runBatch(arena: Arena, attacks: readonly Attack[]): Promise<Heard[]> {
  const hopeless = attacks.filter(({ object }) => (arena.waits.get(object) ?? 0) >= mostWaits)
  if (hopeless.length > 0 && attacks.length > 1) {
    const rest = await runBatch(
      arena,
      attacks.filter((attack) => !hopeless.includes(attack)),
    )
    const givenUp = { outcome: stopped('57014', 'given up after others on it ran out of time'), notices: [] }
    return attacks.map((attack) => (hopeless.includes(attack) ? givenUp : (rest.shift() ?? givenUp)))
  }
  try {
    return await send(arena, attacks, batchSeconds)
  } catch (error) {
    const state = sqlState(error)
    if (state === undefined || !/^(57014|55P03|40|53|54)/.test(state)) throw error
    const outcome = stopped(state, (error as Error).message)
    if (attacks.length === 1) return [{ outcome, notices: [] }]
    const heard: Heard[] = []
    for (const attack of attacks) {
      const waited = arena.waits.get(attack.object) ?? 0
      const [one] = waited < mostWaits ? await runBatch(arena, [attack]) : [{ outcome, notices: [] }]
      if (one === undefined) continue
      if (one.outcome.error?.state === state) arena.waits.set(attack.object, waited + 1)
      heard.push(one)
    }
    return heard
  }
}

function stopped(state: string, message: string): RawOutcome {
  const error = { state, message, detail: '', hint: '', where: '', constraint: '' }
  return { n: 0, error, answer: null, affected: 0, rereads: [], digest: null }
}

async function send(arena: Arena, attacks: readonly Attack[], seconds: number): Promise<Heard[]> {
  arena.notices.length = 0
  const outcomes = await arena.db.transaction(async (tx) => {
    await settle(tx, attacks.length === 1 ? singleSeconds : seconds)
    return runLoop(
      tx,
      arena.prover,
      attacks.map((attack, n) => toRaw(arena, attack, n)),
    )
  })
  const byAttack = split(arena.notices)
  return outcomes.map((outcome) => ({ outcome, notices: byAttack.get(outcome.n) ?? [] }))
}

function toRaw(arena: Arena, attack: Attack, n: number): RawAttack {
  const { attacker, context, kind, answers, statement, prepare, rereads, touches } = attack
  return {
    n,
    role: attacker.role,
    settings: context.settings,
    kind: answers === true ? 'call' : kind,
    statement,
    ...(prepare === undefined ? {} : { prepare }),
    ...(rereads === undefined ? {} : { rereads }),
    ...(touches === undefined ? {} : { digest: arena.digest(touches, context.whose) }),
  }
}

/** Each marker notice begins the notices of an attack. */
function split(notices: readonly Notice[]): Map<number, Notice[]> {
  const byAttack = new Map<number, Notice[]>()
  let present: Notice[] | undefined
  for (const notice of notices) {
    const [, n] = /^flows-db attack (\d+)$/.exec(notice.message) ?? []
    if (n === undefined) present?.push(notice)
    else {
      present = []
      byAttack.set(Number(n), present)
    }
  }
  return byAttack
}
