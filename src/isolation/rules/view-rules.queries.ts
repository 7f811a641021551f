import { relationFix } from '../attacks/fixes.queries.ts'
import { nameOf, type Relation } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import { readersOf, type World } from '../world.ts'
import type { Breach, Rule } from './rule.ts'

/** Whether a view or materialized view reads a client-owned table, directly or through other views. */
function readsClients(world: World, relation: Relation, seen = new Set<number>()): boolean {
  return relation.reads.some((oid) => {
    if (seen.has(oid)) return false
    seen.add(oid)
    const target = world.targets.find((each) => each.relation.oid === oid)
    return target !== undefined && (target.owner !== null || readsClients(world, target.relation, seen))
  })
}

const definerView: Rule = {
  id: 'view-without-invoker',
  title: "A view reads client-owned tables with its owner's rights",
  why: 'Without security_invoker the policies of the one who asks do not count.',
  family: 'rule',
  find: (world) =>
    world.targets
      .filter(
        ({ relation }) =>
          relation.kind === 'v' &&
          readsClients(world, relation) &&
          !relation.options.some((option) => /^security_invoker=(true|on|1|yes)$/i.test(option)),
      )
      .flatMap(({ relation }): Breach[] => {
        const readers = readersOf(world, relation)
        if (readers.length === 0) return []
        const guarded = relation.options.some((option) => /^security_barrier=(true|on|1|yes)$/i.test(option))
        return [
          {
            object: nameOf(relation),
            evidence: `${readers.join(', ')} may use it.`,
            fix: relationFix(world, relation, undefined),
            ...(guarded ? { note: true } : {}),
          },
        ]
      }),
}

const openSnapshot: Rule = {
  id: 'materialized-view-open',
  title: 'Clients may read a materialized view or foreign table of client-owned rows',
  why: 'Neither has row-level security.',
  family: 'rule',
  also: ['read'],
  find: (world) =>
    world.targets
      .filter(
        ({ relation, owner }) =>
          (relation.kind === 'm' && readsClients(world, relation)) ||
          (relation.kind === 'f' && owner !== null),
      )
      .flatMap(({ relation }): Breach[] => {
        const readers = readersOf(world, relation)
        return readers.length === 0
          ? []
          : [
              {
                object: nameOf(relation),
                evidence: `${readers.join(', ')} may read it.`,
                fix: `revoke all on ${name(relation.schema, relation.name)} from public, anon, authenticated;`,
              },
            ]
      }),
}

const rewriteRule: Rule = {
  id: 'rewrite-rule',
  title: "A rewrite rule acts with its owner's rights",
  why: 'What a rule does is checked against the owner of the relation, not against the one who asks.',
  family: 'rule',
  also: ['view-write'],
  find: (world) =>
    world.targets
      .filter(({ relation }) => relation.rules.length > 0 && readersOf(world, relation).length > 0)
      .map(({ relation }) => ({
        object: nameOf(relation),
        evidence: `Rules: ${relation.rules.join(', ')}.`,
        fix: relation.rules
          .map((each) => `drop rule ${name(each)} on ${name(relation.schema, relation.name)};`)
          .join('\n'),
        note: true as const,
      })),
}

/** Rules about views, materialized views, foreign tables and what is rewritten. */
export const viewRules: readonly Rule[] = [definerView, openSnapshot, rewriteRule]
