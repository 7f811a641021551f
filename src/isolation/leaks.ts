import type { Attack } from './attacks/attack.ts'
import { rereadable } from './attacks/call.queries.ts'
import { mentions } from './attacks/mentions.ts'
import { nameOf } from './catalog/catalog.ts'
import type { Judged } from './cells.ts'
import type { Family } from './families.ts'
import type { Leak } from './isolation-report.ts'
import { reproduction } from './reproduce.queries.ts'
import type { World } from './world.ts'

/** The leaks among what was tried: one for each family, object, actor and verb, with the plainest context that shows it. */
export function leaksOf(world: World, judged: readonly Judged[]): Leak[] {
  const leaks = new Map<string, Leak>()
  const readable = new Set(
    judged
      .filter(
        ({ tried: { attack }, finding }) =>
          finding.state === 'leak' && attack.judge === 'rows' && attack.family !== 'leaky-filter',
      )
      .map(({ tried: { attack } }) => `${attack.object} ${attack.attacker.name}`),
  )
  for (const { tried, finding } of judged) {
    if (finding.state !== 'leak') continue
    const { attack } = tried
    // What is open to everyone is open to a filter, too: no finding of its own.
    if (attack.family === 'leaky-filter' && readable.has(`${attack.object} ${attack.attacker.name}`)) continue
    if (finding.family === 'escalation' && attack.family === 'function' && !opensMore(world, tried, readable))
      continue
    const key = [finding.family, attack.object, attack.attacker.name, attack.verb, attack.title].join(
      '\u0000',
    )
    const known = leaks.get(key)
    if (known !== undefined) {
      const more = (attack.also ?? []).filter(
        (family) => !known.also.includes(family) && family !== known.family,
      )
      // A hole that is open in its own context is no matter of forged ones.
      if (more.length > 0 && !attack.context.hostile)
        leaks.set(key, { ...known, also: [...known.also, ...more] })
      continue
    }
    leaks.set(key, {
      family: finding.family,
      also: alsoOf(world, attack, finding.family),
      object: attack.object,
      actor: attack.attacker.name,
      context: attack.context.name,
      verb: attack.verb,
      title: attack.title,
      evidence: finding.evidence,
      reproduce: reproduction(world, attack),
      fix: attack.fix,
    })
  }
  return [...leaks.values()]
}

/** Whether a call has opened a table that was not open to this actor before it. */
function opensMore(
  world: World,
  { attack, outcome }: Judged['tried'],
  readable: ReadonlySet<string>,
): boolean {
  return rereadable(world).some(
    ({ relation }, index) =>
      (outcome.rereads[index]?.hits ?? 0) > 0 && !readable.has(`${nameOf(relation)} ${attack.attacker.name}`),
  )
}

/** The other families of a hole: those of its attack, of what copies rows there, and of rights that come by another role. */
function alsoOf(world: World, attack: Attack, family: Family): Family[] {
  const relation = attack.object.split('.').at(-1) ?? attack.object
  const others = world.targets.filter(
    ({ owner, relation: table }) => owner !== null && table.name !== relation,
  )
  const shared = world.targets.some(
    ({ owner, relation: each }) => owner === null && each.name === relation && each.kind === 'r',
  )
  const copied = others.some(({ relation: table }) =>
    table.triggers.some(({ source }) => mentions(source, relation)),
  )
  const ruled = shared && others.some(({ relation: table }) => table.rules.length > 0)
  const lent = world.catalog.roles.find(({ name }) => name === attack.attacker.role)?.inherits ?? []
  const more: Family[] = [
    attack.family,
    ...(attack.also ?? []),
    ...(copied ? (['trigger'] as const) : []),
    ...(ruled ? (['rule'] as const) : []),
    ...(lent.length > 0 && attack.attacker.role !== world.catalog.prover ? (['escalation'] as const) : []),
  ]
  return [...new Set(more)].filter((each) => each !== family)
}
