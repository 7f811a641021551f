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
      also: alsoOf(world, attack.object, finding.family, [attack.family, ...(attack.also ?? [])]),
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

/** A relation that triggers of client-owned tables write to leaks what they copy. */
function alsoOf(world: World, object: string, family: Family, others: readonly Family[]): Family[] {
  const relation = object.split('.').at(-1) ?? object
  const copied = world.targets.some(
    ({ owner, relation: table }) =>
      owner !== null &&
      table.triggers.some(({ source }) => mentions(source, relation)) &&
      table.name !== relation,
  )
  const ruled = world.targets.some(
    ({ owner, relation: table }) =>
      owner !== null &&
      table.rules.length > 0 &&
      table.name !== relation &&
      world.seededB.rows.has(table.oid),
  )
  const open = world.targets.some(
    ({ owner, relation: each }) => owner === null && each.name === relation && each.kind === 'r',
  )
  return [
    ...new Set([
      ...others,
      ...(copied ? (['trigger'] as const) : []),
      ...(ruled && open ? (['rule'] as const) : []),
    ]),
  ].filter((each) => each !== family)
}
