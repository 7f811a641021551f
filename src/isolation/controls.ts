import { FlowsError } from '../base/errors.ts'
import type { Attack } from './attacks/attack.ts'
import type { Judged } from './cells.ts'
import type { Family } from './families.ts'
import type { Unproven } from './isolation-report.ts'
import type { Attacker, World } from './world.ts'

/** Throws ISOLATION_CONTROL_FAILED unless every planted hole was found to be one. */
export function checkControls(planted: readonly Judged[]): void {
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
export function blindness(world: World, judged: readonly Judged[], families: readonly Family[]): Unproven[] {
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

/** Writes of the operator that could not be watched to their end. */
export function triggerDoubts(judged: readonly Judged[]): Unproven[] {
  return judged.flatMap(({ tried: { attack }, finding }) =>
    attack.family === 'trigger' &&
    finding.state === 'inconclusive' &&
    /^(57|55|40|53|XX)/.test(finding.reason.slice(-6, -1))
      ? [{ object: attack.object, actor: attack.attacker.name, verb: attack.verb, reason: finding.reason }]
      : [],
  )
}

/** The objects on which a chosen kind of attack went through, and touched or saw only what is the actor's own. */
export function objectsOf(judged: readonly Judged[], chosen: (attack: Attack) => boolean): string[] {
  const own = judged.filter(
    ({ tried: { attack }, finding }) => finding.state === 'own' && chosen(attack) && !attack.hidden,
  )
  return [...new Set(own.map(({ tried: { attack } }) => attack.object))].sort()
}
