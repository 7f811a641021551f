import { policyHelpers } from '../attacks/call.queries.ts'
import { relationFix, routineFix, signature } from '../attacks/fixes.queries.ts'
import { mentions } from '../attacks/mentions.ts'
import { nameOf, type Relation, type Routine } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import { isFloor } from '../proofs.ts'
import { clientRoles, type World } from '../world.ts'
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

function readersOf(world: World, { grants }: Relation): string[] {
  return grants
    .filter(
      ({ role, columns }) =>
        clientRoles(world).includes(role) && Object.values(columns).some((list) => list.length > 0),
    )
    .map(({ role }) => role)
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

const loosePath: Rule = {
  id: 'definer-search-path',
  title: 'A SECURITY DEFINER function does not pin its search_path',
  why: "Its caller decides which objects its names mean, and they run with its owner's rights.",
  family: 'rule',
  also: ['function'],
  find: (world) => {
    const fired = new Set(
      world.catalog.relations.flatMap(({ triggers }) =>
        triggers.map((trigger) => trigger.function.replaceAll('"', '')),
      ),
    )
    return world.catalog.routines
      .filter(
        ({ definer, settings, language }) =>
          definer &&
          language !== 'c' &&
          language !== 'internal' &&
          !settings.some((setting) => setting.startsWith('search_path=')),
      )
      .map((routine): Breach => {
        const callers = routine.callers.filter((role) => clientRoles(world).includes(role))
        const reached = callers.length > 0 || fired.has(nameOf(routine)) || fired.has(routine.name)
        return {
          object: signature(routine).replaceAll('"', ''),
          evidence:
            callers.length > 0 ? `${callers.join(', ')} may call it.` : 'No client may call it by name.',
          fix: `alter function ${signature(routine)} set search_path = '';`,
          ...(reached ? {} : { note: true }),
        }
      })
  },
}

/** The tables that a function's text names without their schema, and so finds by its search_path. */
function nakedTables(world: World, { source, settings }: Routine): string[] {
  // A standard body is bound to its tables when it is made.
  if (/^\s*(begin atomic|return)\b/i.test(source)) return []
  const path = settings.find((setting) => setting.startsWith('search_path='))?.slice('search_path='.length)
  if (path === undefined || /pg_temp/.test(path)) return []
  const schemas = path.split(',').map((part) => part.trim().replace(/^"(.*)"$/, '$1'))
  return world.catalog.relations
    .filter(({ schema, name: table }) => {
      const word = table.replace(/\W/g, '\\$&')
      const used = new RegExp(`\\b(from|join|into|update|using)\\s+(only\\s+)?"?${word}"?(?![\\w".(])`, 'i')
      const made = new RegExp(`\\b${word}\\s+as\\s+(not\\s+)?(materialized\\s+)?\\(`, 'i')
      return schemas.includes(schema) && used.test(source) && !made.test(source)
    })
    .map(nameOf)
}

const shadowedTable: Rule = {
  id: 'definer-temporary-first',
  title: 'A SECURITY DEFINER function finds a temporary table of its caller before its own',
  why: 'Temporary tables come first unless search_path names pg_temp last, so its caller writes what it reads.',
  family: 'function',
  also: ['rule'],
  find: (world) => {
    const helpers = policyHelpers(world)
    const makers = world.catalog.roles.filter(({ temporary }) => temporary).map((role) => role.name)
    return world.catalog.routines
      .filter(({ definer, language }) => definer && (language === 'sql' || language === 'plpgsql'))
      .flatMap((routine): Breach[] => {
        const tables = nakedTables(world, routine)
        const callers = clientRoles(world).filter(
          (role) => makers.includes(role) && (routine.callers.includes(role) || helpers.has(routine)),
        )
        if (tables.length === 0 || callers.length === 0) return []
        return [
          {
            object: signature(routine).replaceAll('"', ''),
            evidence: `It names ${tables.join(', ')} without a schema; ${callers.join(', ')} may make temporary tables.`,
            fix: `alter function ${signature(routine)} set search_path = '';\n-- and write the schema before each name in it`,
          },
        ]
      })
  },
}

const statistics: Rule = {
  id: 'definer-reads-statistics',
  title: "A SECURITY DEFINER function reads the planner's statistics",
  why: 'They hold values of rows of every client, and its owner is shown all of them.',
  family: 'function',
  also: ['rule'],
  find: (world) =>
    world.catalog.routines
      .filter(
        ({ definer, source, callers }) =>
          definer &&
          /\bpg_(stats(_ext(_exprs)?)?|statistic(_ext_data)?)\b/i.test(source) &&
          callers.some((role) => clientRoles(world).includes(role)),
      )
      .map((routine) => ({
        object: signature(routine).replaceAll('"', ''),
        evidence: `${routine.callers.filter((role) => clientRoles(world).includes(role)).join(', ')} may call it.`,
        fix: routineFix(routine),
      })),
}

const leakproofFunction: Rule = {
  id: 'leakproof-function',
  title: 'A function of your own is marked LEAKPROOF',
  why: "It is run on rows before policies have sorted them out; what it tells by notices or errors is another client's.",
  family: 'leaky-filter',
  also: ['rule'],
  find: (world) =>
    world.catalog.routines
      .filter(({ leakproof }) => leakproof)
      .map((routine) => ({
        object: signature(routine).replaceAll('"', ''),
        evidence: 'pg_proc.proleakproof is true.',
        fix: `alter function ${signature(routine)} not leakproof;`,
      })),
}

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

const settingDoor: Rule = {
  id: 'function-sets-context',
  title: 'Clients may call a function that sets who they are',
  why: 'Policies believe settings and claims; whoever may set them may be anyone.',
  family: 'escalation',
  also: ['rule', 'function'],
  find: (world) =>
    world.catalog.routines
      .filter(
        ({ source, callers, isTrigger, language }) =>
          !isTrigger &&
          language !== 'internal' &&
          /set_config\s*\(|\bset\s+(local\s+|session\s+)?role\b/i.test(source) &&
          callers.some((role) => clientRoles(world).includes(role)),
      )
      .map((routine) => ({
        object: signature(routine).replaceAll('"', ''),
        evidence: `${routine.callers.filter((role) => clientRoles(world).includes(role)).join(', ')} may call it.`,
        fix: routineFix(routine),
        note: true as const,
      })),
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

/** Rules about views, functions and policies. */
export const codeRules: readonly Rule[] = [
  definerView,
  openSnapshot,
  loosePath,
  shadowedTable,
  statistics,
  leakproofFunction,
  forgeable,
  settingDoor,
  rewriteRule,
]
