import { policyHelpers } from '../attacks/call.queries.ts'
import { routineFix, signature } from '../attacks/fixes.queries.ts'
import { nameOf, type Routine } from '../catalog/catalog.ts'
import { toTheLetter } from '../to-the-letter.ts'
import { clientRoles, type World } from '../world.ts'
import type { Breach, Rule } from './rule.ts'

/** The roles of clients that may call a function. */
function callersOf(world: World, { callers }: Routine): string[] {
  return callers.filter((role) => clientRoles(world).includes(role))
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
        const callers = callersOf(world, routine)
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
      const word = toTheLetter(table)
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
        (routine) =>
          routine.definer &&
          /\bpg_(stats(_ext(_exprs)?)?|statistic(_ext_data)?)\b/i.test(routine.source) &&
          callersOf(world, routine).length > 0,
      )
      .map((routine) => ({
        object: signature(routine).replaceAll('"', ''),
        evidence: `${callersOf(world, routine).join(', ')} may call it.`,
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

const settingDoor: Rule = {
  id: 'function-sets-context',
  title: 'Clients may call a function that sets who they are',
  why: 'Policies believe settings and claims; whoever may set them may be anyone.',
  family: 'escalation',
  also: ['rule', 'function'],
  find: (world) =>
    world.catalog.routines
      .filter(
        (routine) =>
          !routine.isTrigger &&
          routine.language !== 'internal' &&
          /set_config\s*\(|\bset\s+(local\s+|session\s+)?role\b/i.test(routine.source) &&
          callersOf(world, routine).length > 0,
      )
      .map((routine) => ({
        object: signature(routine).replaceAll('"', ''),
        evidence: `${callersOf(world, routine).join(', ')} may call it.`,
        fix: routineFix(routine),
        note: true as const,
      })),
}

/** Rules about functions and procedures. */
export const routineRules: readonly Rule[] = [
  loosePath,
  shadowedTable,
  statistics,
  leakproofFunction,
  settingDoor,
]
