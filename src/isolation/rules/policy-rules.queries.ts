import { policyHelpers } from '../attacks/call.queries.ts'
import { mentions } from '../attacks/mentions.ts'
import { nameOf } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import { isFloor } from '../proofs.ts'
import { clientRoles, readersOf } from '../world.ts'
import type { Breach, Rule } from './rule.ts'

const forgeable: Rule = {
  id: 'policy-trusts-caller',
  title: 'A policy reads what the caller writes himself',
  why: "user_metadata, headers and cookies are the caller's own words.",
  family: 'context',
  also: ['rule'],
  find: (world) => {
    const forged = /user_meta_?data|request\.(headers|cookies)/i
    const helpers = policyHelpers(world)
    return world.catalog.relations.flatMap((relation) =>
      relation.policies.flatMap((policy): Breach[] => {
        const text = `${policy.using ?? ''} ${policy.check ?? ''}`
        const through = [...helpers].find(({ name: f, source }) => mentions(text, f) && forged.test(source))
        if (!forged.test(text) && through === undefined) return []
        const column = world.targets.find((target) => target.relation === relation)?.owner?.column ?? ''
        const guarded = clientRoles(world).every(
          (role) =>
            relation.policies.some((floor) => isFloor(floor, column, role)) ||
            !readersOf(world, relation).includes(role),
        )
        const served = policy.roles.some((role) => role === 'public' || clientRoles(world).includes(role))
        return served
          ? [
              {
                object: `${nameOf(relation)}.${policy.name}`,
                evidence:
                  through === undefined
                    ? 'The policy itself reads it.'
                    : `The function ${nameOf(through)} reads it.`,
                fix: `drop policy ${name(policy.name)} on ${name(relation.schema, relation.name)};`,
                ...(guarded ? { note: true } : {}),
              },
            ]
          : []
      }),
    )
  },
}

/** Rules about what policies believe. */
export const policyRules: readonly Rule[] = [forgeable]
