import { isPlatform, may, nameOf, type Privilege, type Relation } from '../catalog/catalog.ts'
import type { Context } from '../contexts.ts'
import type { Family } from '../families.ts'
import type { Attacker, Target, World } from '../world.ts'
import type { Attack } from './attack.ts'
import { deletions, truncation } from './delete.queries.ts'
import { relationFix } from './fixes.queries.ts'
import { insertions } from './insert.queries.ts'
import type { Shot } from './shot.ts'
import { updates } from './update.queries.ts'

/** Inserts, moves, updates, deletes and truncates on every client-owned table, blind and aimed, as far as grants go. */
export function writeAttacks(world: World): Attack[] {
  return world.attackers.flatMap((attacker) =>
    world.targets.flatMap((target) => {
      if (target.owner === null || target.rowA === undefined || target.rowB === undefined) return []
      const shots = shotsAt(world, target, attacker)
      return attacker.contexts.flatMap((context, place) =>
        shots
          .filter(({ once }) => place === 0 || once !== true)
          .map((shot) => toAttack(world, target, attacker, context, shot)),
      )
    }),
  )
}

function toAttack(world: World, target: Target, attacker: Attacker, context: Context, shot: Shot): Attack {
  const { relation } = target
  const stored: readonly Family[] = [
    ...(target.storage ? (['storage'] as const) : []),
    ...(relation.rules.length > 0 ? (['rule'] as const) : []),
  ]
  return {
    ...shot,
    also: [...(shot.also ?? []), ...stored, ...(context.hostile ? (['context'] as const) : [])],
    object: nameOf(relation),
    attacker,
    context,
    kind: 'write',
    shown: shot.statement,
    touches: touchedBy(world, relation),
    supplied: shot.statement,
    fix: shot.fix ?? relationFix(world, relation, target.owner?.column),
  }
}

function shotsAt(world: World, target: Target, attacker: Attacker): Shot[] {
  const grant = (privilege: Privilege) => may(target.relation, attacker.role, privilege)
  return [
    ...(grant('INSERT') ? insertions(world, target, attacker) : []),
    ...(grant('UPDATE') ? updates(world, target, attacker) : []),
    ...(grant('DELETE') ? deletions(world, target, attacker) : []),
    ...(grant('TRUNCATE') && !isPlatform(target.relation) ? [truncation(target)] : []),
  ]
}

/** The client-owned tables that a write to this one can change: itself and what cascades, or all where triggers run. */
export function touchedBy(world: World, relation: Relation): number[] {
  const owned = world.targets.filter(({ owner }) => owner !== null).map(({ relation: each }) => each)
  if (relation.kind === 'v' || relation.triggers.length > 0) return owned.map(({ oid }) => oid)
  const reached = new Set([relation.oid, ...relation.parents])
  for (let size = 0; size !== reached.size; ) {
    size = reached.size
    for (const { oid, constraints, parents } of owned) {
      if (
        constraints.some(({ kind, target }) => kind === 'f' && target !== null && reached.has(target)) ||
        parents.some((parent) => reached.has(parent))
      )
        reached.add(oid)
    }
  }
  return [...reached]
}
