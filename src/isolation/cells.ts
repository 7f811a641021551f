import { isPlatform, may, nameOf, type Privilege } from './catalog/catalog.ts'
import type { Family } from './families.ts'
import type { Cell, Leak, Unproven, Verb, Verdict } from './isolation-report.ts'
import type { Finding, Tried } from './judge.ts'
import type { Attacker, Target, World } from './world.ts'

/** An attack with what it proves. */
export type Judged = { tried: Tried; finding: Finding }

const familiesOf: Readonly<Record<Verb, readonly Family[]>> = {
  select: ['read', 'storage', 'count', 'context'],
  insert: ['insert', 'null-tenant', 'storage', 'view-write'],
  update: ['update', 'move', 'storage', 'view-write'],
  delete: ['delete', 'storage', 'view-write'],
  truncate: ['truncate'],
  execute: ['function'],
}

/** The matrix: every relation against every actor and verb. What could not be tried is unproven, never denied. */
export function cellsOf(
  world: World,
  judged: readonly Judged[],
  leaks: readonly Leak[],
  families: readonly Family[],
  unreachable: ReadonlySet<string>,
): { cells: Cell[]; unproven: Unproven[] } {
  const cells: Cell[] = []
  const unproven: Unproven[] = []
  const put = (
    attacker: Attacker,
    object: string,
    verb: Verb,
    verdict: Verdict,
    attacks: number,
    reason = '',
  ) => {
    cells.push({ relation: object, actor: attacker.name, verb, verdict, attacks })
    if (verdict === 'unproven') unproven.push({ object, actor: attacker.name, verb, reason })
  }
  const byCell = new Map<string, Judged[]>()
  for (const each of judged) {
    const { attack } = each.tried
    if (attack.hidden) continue
    const key = `${attack.attacker.name} ${attack.verb} ${attack.object}`
    byCell.set(key, [...(byCell.get(key) ?? []), each])
  }
  for (const attacker of world.attackers) {
    for (const target of world.targets) {
      for (const verb of verbsOf(target)) {
        if (!families.some((family) => familiesOf[verb].includes(family))) continue
        const object = nameOf(target.relation)
        const mine = byCell.get(`${attacker.name} ${verb} ${object}`) ?? []
        const leaked = leaks.some(
          (leak) => leak.object === object && leak.verb === verb && leak.actor === attacker.name,
        )
        const right = may(target.relation, attacker.role, verb.toUpperCase() as Privilege)
        if (leaked) put(attacker, object, verb, 'leak', mine.length)
        else if (!right) put(attacker, object, verb, 'denied', mine.length)
        else if (unreachable.has(attacker.role))
          put(attacker, object, verb, 'unproven', 0, `The connected role cannot become ${attacker.role}`)
        else put(attacker, object, verb, ...verdictOf(target, verb, mine))
      }
    }
    for (const [key, mine] of byCell) {
      const object = mine[0]?.tried.attack.object ?? ''
      if (key !== `${attacker.name} execute ${object}`) continue
      const leaked = leaks.some((leak) => leak.object === object && leak.actor === attacker.name)
      const through = mine.some(({ finding }) => finding.state === 'own')
      const open = mine.find(
        ({ tried, finding }) => finding.state === 'inconclusive' && (!settledBy(mine) || isTimeout(tried)),
      )
      if (leaked) put(attacker, object, 'execute', 'leak', mine.length)
      else if (open?.finding.state === 'inconclusive')
        put(attacker, object, 'execute', 'unproven', mine.length, open.finding.reason)
      else put(attacker, object, 'execute', through ? 'own' : 'denied', mine.length)
    }
  }
  return { cells, unproven }
}

/** Of a function, whether any call has run at all. */
function settledBy(mine: readonly Judged[]): boolean {
  return mine.some(({ finding }) => finding.state === 'own' || finding.state === 'denied')
}

function isTimeout({ outcome }: Tried): boolean {
  return /^(57|55P03|40|53)/.test(outcome.error?.state ?? '')
}

function verbsOf({ relation, owner, registry, storage }: Target): Verb[] {
  if (owner !== null) {
    const verbs: Verb[] = ['select', 'insert', 'update', 'delete']
    if (!isPlatform(relation)) verbs.push('truncate')
    return verbs.filter(
      (verb) => verb !== 'insert' || (!registry && !(storage && relation.name === 'buckets')),
    )
  }
  if (relation.kind !== 'v') return ['select']
  return ['select', ...relation.writable.map((verb) => verb.toLowerCase() as Verb)]
}

function verdictOf(target: Target, verb: Verb, mine: readonly Judged[]): [Verdict, number, string?] {
  const { relation, owner, failure } = target
  if (owner !== null && target.rowB === undefined) {
    return [
      'unproven',
      mine.length,
      `No row could be put into it: ${failure ?? 'it is a partition that takes none of the seeded rows'}`,
    ]
  }
  if (owner !== null && mine.length === 0)
    return ['unproven', 0, `No attack fits the columns that may be used of ${nameOf(relation)}`]
  const conclusive = mine.filter(({ finding }) => finding.state === 'own' || finding.state === 'denied')
  const open = mine.find(({ finding, tried }) => {
    const { family, context, judge } = tried.attack
    if (finding.state !== 'inconclusive') return false
    if (judge === 'conflict' || family === 'foreign-key' || family === 'unique') return false
    return !conclusive.some(
      ({ tried: other }) => other.attack.family === family && other.attack.context.name === context.name,
    )
  })
  if (open?.finding.state === 'inconclusive') return ['unproven', mine.length, open.finding.reason]
  return [
    mine.some(({ finding }) => finding.state === 'own') && verb !== 'truncate' ? 'own' : 'denied',
    mine.length,
  ]
}
