import type { Leak, Note } from '../isolation-report.ts'
import type { World } from '../world.ts'
import { grantRules } from './grant-rules.queries.ts'
import { policyRules } from './policy-rules.queries.ts'
import { routineRules } from './routine-rules.queries.ts'
import type { Rule } from './rule.ts'
import { serverRules } from './server-rules.queries.ts'
import { tableRules } from './table-rules.queries.ts'
import { viewRules } from './view-rules.queries.ts'

/** Every rule, by which the catalogue alone is judged. */
export const rules: readonly Rule[] = [
  ...tableRules,
  ...grantRules,
  ...viewRules,
  ...routineRules,
  ...policyRules,
  ...serverRules,
]

/** What the catalogue alone shows: leaks, and what is only worth knowing. */
export function applyRules(world: World): { leaks: Leak[]; notes: Note[] } {
  const leaks: Leak[] = []
  const notes: Note[] = []
  for (const { id, title, why, family, also = [], find } of rules) {
    for (const { object, actor, evidence, fix, show, note, also: more = [] } of find(world)) {
      if (note) notes.push({ rule: id, object, title: `${title}. ${evidence}`, fix })
      else {
        leaks.push({
          family,
          also: [...also, ...more],
          rule: id,
          object,
          actor: actor ?? 'catalogue',
          context: 'any',
          verb: null,
          title,
          evidence: `${evidence} ${why}`,
          reproduce: show ?? `-- the catalogue says so: ${evidence}`,
          fix,
        })
      }
    }
  }
  return { leaks, notes }
}
